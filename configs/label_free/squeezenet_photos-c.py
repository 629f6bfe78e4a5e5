# SqueezeNet 1.0 with its published ImageNet weights on photographs that no enhancer has met.
_base_ = [
    '../_base_/datasets/photos-c_224.py',
    '../_base_/schedules/sympie_cls_test.py',
    '../_base_/default_runtime_cls.py',
]
enhancer = 'general'
model = dict(
    type='TorchNetwork', task='classification', factory='torchvision.models:squeezenet1_0',
    order='bgr', mean=[104, 117, 123], std=[1, 1, 1], max_pixel_value=255,
    data_preprocessor=dict(type='SyMPIEClsDataPreprocessor', enhancer=enhancer),
)  # yapf: disable
