# Crops of 64 x 64 for an enhancer: trained on under the paper's 23 corruptions, tested clean and under ImageNet-C's 15 and
# the paper's 4 colour corruptions.
_base_ = './camvid-crops_64.py'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomCorruption', keep_clean=True),
    dict(type='PackSyMPIEInputs'),
]
# "Best" is chosen on corrupted crops of the source only.
val_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomCorruption', seed=0),
    dict(type='PackSyMPIEInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Corrupt', name='fog', seed=0),  # the grid sets name and severity
    dict(type='PackSyMPIEInputs'),
]
train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
grid = dict(
    type='SeverityGridDataset',
    corruptions=['imagenet_c', 'colour'],
    clean=True,
    dataset=dict(
        type={{_base_.dataset_type}},
        data_root={{_base_.data_root}},
        data_prefix='test',
        classes={{_base_.classes}},
        pipeline=test_pipeline,
    ),
)
test_dataloader = dict(dataset=dict(_delete_=True, **grid))
test_evaluator = dict(
    _delete_=True, type='ConditionAccuracy', exclude_from_mean=('clean',), topk=(1, 5)
)
