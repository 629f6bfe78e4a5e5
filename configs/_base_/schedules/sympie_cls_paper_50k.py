# The paper's schedule: Adam at 1e-3, cosine to 0, 50 000 iterations, 8 GPUs x 48 crops of 224 x 224.
_base_ = './sympie_cls.py'
max_iters = 50000
optim_wrapper = dict(optimizer=dict(type='Adam', lr=1e-3))
param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min=0, begin=0, end=max_iters, T_max=max_iters, by_epoch=False)
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=5000)
default_hooks = dict(checkpoint=dict(interval=5000))
