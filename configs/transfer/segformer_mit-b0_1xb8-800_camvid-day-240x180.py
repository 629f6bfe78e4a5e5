# Transfer: mmseg's SegFormer-B0, trained on the daytime frames of CamVid like the DeepLabV2 that the enhancer comes from.
_base_ = [
    '../_base_/models/segformer_mit-b0.py',
    '../_base_/datasets/camvid-day_240x180.py',
    '../_base_/schedules/small_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(size=(176, 232), size_divisor=None), decode_head=dict(num_classes=11))
optim_wrapper = dict(optimizer=dict(lr=5e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=100),
    dict(type='PolyLR', eta_min=1e-6, power=0.9, by_epoch=False, begin=100, end=800),
]
