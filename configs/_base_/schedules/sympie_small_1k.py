# sympie_small_4k.py over a quarter of its iterations.
_base_ = './sympie_small_4k.py'
max_iters = 1000
train_cfg = dict(max_iters=max_iters, val_interval=500)
param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min=0, begin=0, end=max_iters, T_max=max_iters, by_epoch=False)
]
