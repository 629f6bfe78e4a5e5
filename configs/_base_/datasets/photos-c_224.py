# Photographs in folders called by WordNet ids, one or more for each class; those whose number ends in 7, 8 or 9, which no
# shipped enhancer has met. Clean, and under the 19 corruptions of ImageNet-C at severities 1, 3 and 5, made on the fly.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='ResizeEdge', scale=232, edge='short', backend='pillow'),
    dict(type='CenterCrop', crop_size=224),
    dict(type='Corrupt', seed=0),
    dict(type='PackSyMPIEInputs'),
]
test_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='SeverityGridDataset',
        corruptions=['imagenet_c', 'imagenet_c_extra'],
        severities=(1, 3, 5),
        clean=True,
        dataset=dict(
            type='ConditionImageNetDataset', data_root='data/photos', subset=True, include='n*[789]',
            pipeline=test_pipeline),
    ),
)  # yapf: disable
test_evaluator = dict(type='ConditionAccuracy', exclude_from_mean=('clean',), topk=(1, 5))
