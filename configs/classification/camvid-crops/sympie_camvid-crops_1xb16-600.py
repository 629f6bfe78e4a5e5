# SyMPIE in front of the daytime classifier of CamVid crops: the paper's 23 corruptions on daytime crops, tested on Seq05VD.
_base_ = [
    '../../_base_/models/resnet18-w32_cls.py',
    '../../_base_/datasets/camvid-crops_64.py',
    '../../_base_/schedules/sympie_cls.py',
    '../../_base_/default_runtime_cls.py',
]
frozen_checkpoint = 'work_dirs/camvid-crops/frozen/iter_1000.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIEClsDataPreprocessor',
        # A thumbnail of the crops' own size; the file plugs in anywhere, as any enhancer file.
        enhancer=dict(type='SyMPIE', init='identity', thumbnail_resize=64, thumbnail_crop=64),
        two_step=dict(keep=0.9, weight=0.5),
    ),
    head=dict(num_classes=7),
)
meta_keys = ('img_path', 'sample_idx', 'ori_shape', 'img_shape', 'corruption', 'severity', 'clean_img')
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomCorruption', keep_clean=True),
    dict(type='PackInputs', meta_keys=meta_keys),
]
val_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomCorruption', seed=0),
    dict(type='PackInputs', meta_keys=meta_keys),
]
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
# "Best" is chosen on corrupted daytime crops only.
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
max_iters = 600
optim_wrapper = dict(optimizer=dict(lr=6e-4))
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=200)
# Without warm-up the first steps throw an identity start far off.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, begin=0, end=50, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=50, end=max_iters, T_max=max_iters - 50, by_epoch=False),
]
default_hooks = dict(checkpoint=dict(interval=100))
