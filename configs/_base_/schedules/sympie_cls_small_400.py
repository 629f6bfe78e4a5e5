# 400 iterations on small crops.
_base_ = './sympie_cls.py'
max_iters = 400
optim_wrapper = dict(optimizer=dict(lr=6e-4))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=200)
# Without warm-up the first steps throw an identity start far off.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, begin=0, end=50, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=50, end=max_iters, T_max=max_iters - 50, by_epoch=False),
]
default_hooks = dict(checkpoint=dict(interval=100))
