# Transfer: mmseg's SegFormer-B0, trained on clear streets like the DeepLabV2 that the enhancer comes from.
_base_ = [
    '../_base_/models/segformer_mit-b0.py',
    '../_base_/datasets/streets_256x128.py',
    '../_base_/schedules/small_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(size=(128, 256), size_divisor=None))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
