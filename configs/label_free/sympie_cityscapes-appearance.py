# Part of checkpoints/sympie_cityscapes.pth (docs/WEIGHTS.md): as sympie_cityscapes.py, longer, from the third file of that name.
_base_ = './sympie_cityscapes.py'
model = dict(data_preprocessor=dict(enhancer=dict(path='work_dirs/third-cityscapes.pth', frozen_stem=False)))
max_iters = 1300
train_cfg = dict(max_iters=max_iters, val_interval=650)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
