# ImageNet-1k in the folders of its archives, as the paper reads it: crops of 224 for training, short side 232 and the
# centre 224 x 224 for testing; the test set is val, clean and under every corruption and severity, made on the fly.
data_root = 'data/imagenet'
dataset_type = 'ConditionImageNetDataset'
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomResizedCrop', scale=224),
    dict(type='RandomFlip', prob=0.5, direction='horizontal'),
    dict(type='RandomCorruption', keep_clean=True),  # one of 23, severity 0 to 5
    dict(type='PackSyMPIEInputs'),
]
val_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='ResizeEdge', scale=232, edge='short', backend='pillow'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='RandomCorruption', seed=0),
    dict(type='PackSyMPIEInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='ResizeEdge', scale=232, edge='short', backend='pillow'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='Corrupt', name='fog', seed=0),  # the grid sets name and severity
    dict(type='PackSyMPIEInputs'),
]
train_dataloader = dict(
    batch_size=48,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type=dataset_type, data_root=data_root, data_prefix='train', pipeline=train_pipeline
    ),
)
# Shows how training goes. The enhancer that it calls best has looked at val images: report enhancer_last.pth, as the
# paper does.
val_dataloader = dict(
    batch_size=48,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type=dataset_type, data_root=data_root, data_prefix='val', pipeline=val_pipeline),
)
val_evaluator = dict(type='Accuracy', topk=(1, 5))
test_dataloader = dict(
    batch_size=48,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='SeverityGridDataset',
        corruptions=['imagenet_c', 'colour'],
        clean=True,
        dataset=dict(
            type=dataset_type, data_root=data_root, data_prefix='val', pipeline=test_pipeline
        ),
    ),
)
test_evaluator = dict(type='ConditionAccuracy', exclude_from_mean=('clean',), topk=(1, 5))
