# Transfer: mmseg's FCN on a ResNet-18 of half width, trained on clear streets like the DeepLabV2 that the enhancer comes from.
_base_ = [
    '../_base_/models/fcn_r18-d8-w32.py',
    '../_base_/datasets/streets_256x128.py',
    '../_base_/schedules/small_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(size=(128, 256), size_divisor=None))
