# Label-free training (docs/own-images.md): the network's own prediction on the clean image is the target. Short, since a
# longer run is not better by itself, and validated often: enhancer_best.pth is the one to use. NEM's last layer moves the 37
# numbers in coordinates in which every direction changes the picture alike, at less than the rate of the others; the rates
# were found by a search (docs/label-free.md). At 5e-4 the loss rises above that of untouched images.
_base_ = './sympie.py'
max_iters = 1000
warm_up = 40
optim_wrapper = dict(
    optimizer=dict(lr=1e-4),
    clip_tensor_norm=1.0,
    precondition_output=True,
    paramwise_cfg=dict(custom_keys={'nem.out': dict(lr_mult=0.3)}),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / warm_up, begin=0, end=warm_up, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=warm_up, end=max_iters, T_max=max_iters - warm_up, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=200)
default_hooks = dict(checkpoint=dict(interval=200), logger=dict(interval=20))
custom_hooks = [
    dict(type='EnhancerFileHook', interval=200, save_best='agreement/mIoU'),
    dict(type='EnhancementVisualizationHook', interval=100),
    dict(type='PredictionStripHook'),
    dict(type='BatchNormStatisticsHook'),
    dict(type='EvalLossHook', interval=100),
]
