# The schedule of sympie.py over 400 iterations: small images, no GPU.
_base_ = './sympie.py'
max_iters = 400
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=100)
param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min=0, begin=0, end=max_iters, T_max=max_iters, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=100), logger=dict(interval=20))
