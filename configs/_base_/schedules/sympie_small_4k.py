# The schedule of sympie.py over 4000 iterations at twice the rate: small images, no GPU.
_base_ = './sympie.py'
optim_wrapper = dict(optimizer=dict(lr=6e-4))
max_iters = 4000
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=500)
param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min=0, begin=0, end=max_iters, T_max=max_iters, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=250))
