# The network that SyMPIE is trained in front of on CamVid: it has seen daylight only.
_base_ = [
    '../_base_/models/deeplabv2_r18-d8-w32.py',
    '../_base_/datasets/camvid-day_240x180.py',
    '../_base_/schedules/small_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(size=(176, 232), size_divisor=None), decode_head=dict(num_classes=11))
max_iters = 2500
train_cfg = dict(max_iters=max_iters, val_interval=500)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=200),
    dict(type='PolyLR', eta_min=1e-6, power=0.9, by_epoch=False, begin=200, end=max_iters),
]
default_hooks = dict(checkpoint=dict(interval=250, max_keep_ckpts=2))
