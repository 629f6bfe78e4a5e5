# As sinet_camvid-adverse.py, under what no shipped enhancer was trained on.
_base_ = [
    '../_base_/models/sinet.py',
    '../_base_/datasets/camvid-unseen_480x360.py',
    '../_base_/schedules/sympie_test.py',
    '../_base_/default_runtime.py',
]
enhancer = 'cityscapes'
model = dict(
    type='ClassMappedEncoderDecoder',
    class_mapping='cityscapes_to_camvid',
    data_preprocessor=dict(type='SyMPIESegDataPreProcessor', enhancer=enhancer),
)
