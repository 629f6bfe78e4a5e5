# The network that SyMPIE is trained in front of on CamVid: it has seen daylight only.
_base_ = [
    '../_base_/models/deeplabv2_r18-d8-w32.py',
    '../_base_/datasets/camvid-day_240x180.py',
    '../_base_/default_runtime.py',
]
runner_type = 'ResumableRunner'
model = dict(data_preprocessor=dict(size=(176, 232), size_divisor=None), decode_head=dict(num_classes=11))
max_iters = 2500
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=500)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.02))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=200),
    dict(type='PolyLR', eta_min=1e-6, power=0.9, by_epoch=False, begin=200, end=max_iters),
]
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=250, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='SegVisualizationHook'),
)
