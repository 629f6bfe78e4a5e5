# Training an enhancer in front of a frozen network: what every SyMPIE config shares.
runner_type = 'FrozenNetworkRunner'
frozen_checkpoint = None  # the network's weights; required for training
optim_wrapper = dict(
    type='OptimWrapper',
    constructor='EnhancerOptimWrapperConstructor',
    optimizer=dict(type='Adam', lr=3e-4),
    clip_tensor_norm=1.0,
)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=1000, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    visualization=dict(type='SegVisualizationHook'),
)
custom_hooks = [
    dict(type='EnhancerFileHook', interval=500, save_best='mIoU'),
    dict(type='EnhancementVisualizationHook', interval=100),
    dict(type='PredictionStripHook'),
]
