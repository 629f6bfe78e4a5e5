# Optional second stage, after sympie_camvid-day_1xb8-4k: every training frame in other exposures and tones, and more of them
# clean. Better on the real dusk, worse on clean frames of another day (docs/camvid.md).
_base_ = './sympie_camvid-day_1xb8-4k.py'
# The first stage's file is where training starts; a checkpoint of this stage replaces it.
enhancer = 'camvid'
model = dict(
    data_preprocessor=dict(enhancer=dict(_delete_=True, type='SyMPIEFromFile', path=enhancer))
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', scale={{_base_.scale}}, keep_ratio=True, interpolation='area'),
    dict(type='RandomCrop', crop_size=(180, 180)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='PhotoMetricDistortion'),
    dict(
        type='RandomCorruption',
        names={{_base_.train_corruptions}},
        severities=(0, 0, 1, 2, 3, 4, 5),
        keep_clean=True,
    ),
    dict(type='PackSyMPIESegInputs'),
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
optim_wrapper = dict(optimizer=dict(lr=2e-4))
max_iters = 1000
train_cfg = dict(max_iters=max_iters, val_interval=250)
param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min=0, begin=0, end=max_iters, T_max=max_iters, by_epoch=False)
]
