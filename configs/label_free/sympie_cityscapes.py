# Part of checkpoints/sympie_cityscapes.pth (docs/WEIGHTS.md): without labels through SINet, like sympie_sinet_camvid-day_1xb4-1500.py, but from an
# enhancer that already undoes corruptions (sympie_moments_1xb16-3000.py). NEM's BatchNorm keeps that one's statistics.
_base_ = './sympie_sinet_camvid-day_1xb4-1500.py'
model = dict(
    data_preprocessor=dict(
        enhancer=dict(
            _delete_=True, type='SyMPIEFromFile', path='work_dirs/sympie_moments_1xb16-3000/enhancer_last.pth',
            norm_eval=True, frozen_stem=True)),
)  # yapf: disable
optim_wrapper = dict(optimizer=dict(lr=1e-4))
max_iters = 850
train_cfg = dict(max_iters=max_iters, val_interval=425)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
