# Streets-C-mixed: generated streets, clear weather, with two or three of the corruptions on each image, on the fly.
_base_ = '../streets/sympie_streets_1xb4-400.py'
data_root = 'data/streets/cityscapes'
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(
                type='ConditionCityscapesDataset',
                condition=name,
                data_root=data_root,
                data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='LoadAnnotations'),
                    *([dict(type='MixedCorruption', seed=0)] if name == 'mixed' else []),
                    dict(type='PackSyMPIESegInputs'),
                ],
            )
            for name in ('clean', 'mixed')
        ],
    )
)
test_evaluator = dict(
    _delete_=True,
    type='ConditionIoUMetric',
    conditions=('clean', 'mixed'),
    exclude_from_mean=('clean',),
    scoring='original size (mmseg)',
)
