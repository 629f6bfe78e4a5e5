# A CamVid network at CamVid's own size.
_base_ = [
    '../_base_/models/cgnet_camvid.py',
    '../_base_/datasets/camvid-adverse_480x360.py',
    '../_base_/schedules/sympie_test.py',
    '../_base_/default_runtime.py',
]
enhancer = 'general'
model = dict(data_preprocessor=dict(type='SyMPIESegDataPreProcessor', enhancer=enhancer))
