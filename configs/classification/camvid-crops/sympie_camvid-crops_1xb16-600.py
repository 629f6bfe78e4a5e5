# SyMPIE in front of the daytime classifier of CamVid crops: trained on daytime crops under the paper's 23 corruptions,
# tested on Seq05VD, clean and under ImageNet-C's 15 and the paper's 4 colour corruptions, and on the dusk of 0001TP.
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
meta_keys = (
    'img_path', 'sample_idx', 'ori_shape', 'img_shape', 'condition', 'corruption', 'severity',
    'clean_img',
)
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

grid = dict(
    type='SeverityGridDataset',
    corruptions=['imagenet_c', 'colour'],
    clean=True,
    dataset=dict(
        type={{_base_.dataset_type}},
        data_root={{_base_.data_root}},
        data_prefix='test',
        classes={{_base_.classes}},
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='Corrupt', name='fog', seed=0),  # the grid sets name and severity
            dict(type='PackInputs', meta_keys=meta_keys),
        ],
    ),
)
dusk = dict(
    type={{_base_.dataset_type}},
    condition='dusk',
    data_root={{_base_.data_root}},
    data_prefix='dusk',
    classes={{_base_.classes}},
    pipeline=[dict(type='LoadImageFromFile'), dict(type='PackInputs', meta_keys=meta_keys)],
)
test_dataloader = dict(
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[grid, dusk])
)
test_evaluator = dict(
    _delete_=True, type='ConditionAccuracy', exclude_from_mean=('clean', 'dusk'), topk=(1, 5)
)
