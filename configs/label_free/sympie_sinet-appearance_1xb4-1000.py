# Part of checkpoints/sympie_cityscapes.pth (docs/WEIGHTS.md): through SINet alone, as sympie_cityscapes-appearance.py, from the ninth file of
# that name, and half of the draws are random_appearance: looks that no list of corruptions has.
_base_ = './sympie_cityscapes-appearance.py'
model = dict(data_preprocessor=dict(enhancer=dict(path='work_dirs/ninth.pth')))
load, crop, flip, corruption, pack = _base_.train_dataloader.dataset.pipeline
more_appearance = dict(corruption, weights=[*corruption.weights[:-1], 35.0])  # random_appearance is the last
train_dataloader = dict(dataset=dict(pipeline=[load, crop, flip, more_appearance, pack]))
optim_wrapper = dict(optimizer=dict(lr=8e-5))
max_iters = 1000
train_cfg = dict(max_iters=max_iters, val_interval=1000)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
