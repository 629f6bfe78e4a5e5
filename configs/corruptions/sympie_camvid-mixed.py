# CamVid-C-mixed: CamVid sequence Seq05VD, unseen in training, 171 frames, with two or three of the corruptions on each image, on the fly.
_base_ = '../camvid/sympie_camvid-day_1xb8-4k.py'
data_root = 'data/CamVid'
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(
                type='CamVidDataset',
                condition=name,
                data_root=data_root,
                data_prefix=dict(img_path='test', seg_map_path='testannot'),
                sequences=('Seq05VD',),
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='Resize', scale=(240, 180), keep_ratio=True, interpolation='area'),
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
