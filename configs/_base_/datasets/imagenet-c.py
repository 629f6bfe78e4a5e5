# ImageNet-C as published: 15 corruptions x 5 severities, its images of 224 x 224 as they are; and ImageNet's val as 'clean'.
# Without val: test_dataloader.dataset.clean=False. The 4 extra corruptions: corruptions=['imagenet_c', 'imagenet_c_extra'].
tree_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackSyMPIEInputs'),
]
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='ResizeEdge', scale=232, edge='short', backend='pillow'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='PackSyMPIEInputs'),
]
clean_test = dict(
    type='ConditionImageNetDataset',
    data_root='data/imagenet',
    data_prefix='val',
    pipeline=test_pipeline,
)
test_dataloader = dict(
    batch_size=64,
    num_workers=8,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='SeverityGridDataset',
        corruptions='imagenet_c',
        severities=(1, 2, 3, 4, 5),
        clean=clean_test,
        dataset=dict(type='ImageNetCDataset', data_root='data/imagenet-c', pipeline=tree_pipeline),
    ),
)
test_evaluator = dict(type='ConditionAccuracy', exclude_from_mean=('clean',), topk=(1, 5))
