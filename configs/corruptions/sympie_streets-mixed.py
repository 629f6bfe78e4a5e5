# Streets-C-mixed: generated streets, clear weather, with two or three of the corruptions on each image, on the fly.
_base_ = '../streets/sympie_streets_1xb4-400.py'
data_root = 'data/streets/cityscapes'
meta_keys = (
    'img_path', 'seg_map_path', 'ori_shape', 'img_shape', 'pad_shape', 'scale_factor', 'flip',
    'flip_direction', 'reduce_zero_label', 'condition', 'corruption', 'severity', 'clean_img', 'clean_map',
)
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
                    dict(type='PackSegInputs', meta_keys=meta_keys),
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
