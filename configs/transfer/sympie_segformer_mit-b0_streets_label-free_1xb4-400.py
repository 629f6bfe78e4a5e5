# The same enhancer without labels: the recipe of docs/label-free.md (divergence and pixel term, well-scaled steps of the
# last layer), with the iterations, images and corruptions of the training with labels.
_base_ = './sympie_segformer_mit-b0_streets_1xb4-400.py'
model = dict(data_preprocessor=dict(label_free=dict(temperature=1.0, pixel_weight=1.0)))
warm_up = 40
max_iters = 400
optim_wrapper = dict(
    optimizer=dict(lr=1e-4),
    precondition_output=True,
    paramwise_cfg=dict(custom_keys={'nem.out': dict(lr_mult=0.3)}),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / warm_up, begin=0, end=warm_up, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=warm_up, end=max_iters, T_max=max_iters - warm_up, by_epoch=False),
]
custom_hooks = [
    dict(type='EnhancerFileHook', interval=100, save_best='mIoU'),
    dict(type='BatchNormStatisticsHook'),
]
