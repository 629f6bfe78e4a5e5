# Trains on Cityscapes (longer side 1024, 512 x 512 crops, corrupted), tests on Cityscapes val and the four conditions of ACDC val.
cityscapes_root = 'data/cityscapes'
acdc_root = 'data/acdc'
scale = (1024, 1024)  # longer side; the aspect ratio is kept
crop_size = (512, 512)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', scale=scale, keep_ratio=True, interpolation='area'),
    dict(type='RandomCrop', crop_size=crop_size, cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCorruption', keep_clean=True),
    dict(type='PackSyMPIESegInputs'),
]
val_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=scale, keep_ratio=True, interpolation='area'),
    dict(type='LoadAnnotations'),  # before: labels move where pixels do
    dict(type='RandomCorruption', seed=0),
    dict(type='PackSyMPIESegInputs'),
]
# mmseg's scoring: the label keeps its size, and so do the scores.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=scale, keep_ratio=True, interpolation='area'),
    dict(type='LoadAnnotations'),
    dict(type='PackSyMPIESegInputs'),
]
tta_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(
        type='TestTimeAug',
        transforms=[
            [dict(type='Resize', scale=scale, keep_ratio=True, interpolation='area')],
            [dict(type='RandomFlip', prob=p, direction='horizontal') for p in (0.0, 1.0)],
            [dict(type='LoadAnnotations')],
            [dict(type='PackSyMPIESegInputs')],
        ],
    ),
]
tta_model = dict(type='SegTTAModel')
train_dataloader = dict(
    batch_size=8,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='ConditionCityscapesDataset',
        data_root=cityscapes_root,
        data_prefix=dict(img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
        pipeline=train_pipeline,
    ),
)
# "Best" is chosen on corrupted Cityscapes val only.
val_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ConditionCityscapesDataset',
        data_root=cityscapes_root,
        data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
        pipeline=val_pipeline,
    ),
)
val_evaluator = dict(type='IoUMetric', iou_metrics=['mIoU'])
cityscapes_test = dict(
    type='ConditionCityscapesDataset',
    condition='clean',
    data_root=cityscapes_root,
    data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
    pipeline=test_pipeline,
)
acdc_tests = [
    dict(type='ACDCDataset', condition=condition, data_root=acdc_root, pipeline=test_pipeline)
    for condition in ('fog', 'night', 'rain', 'snow')
]
test_dataloader = dict(
    batch_size=1,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='ConcatDataset', datasets=[cityscapes_test, *acdc_tests]),
)
test_evaluator = dict(
    type='ConditionIoUMetric',
    conditions=('clean', 'fog', 'night', 'rain', 'snow'),
    exclude_from_mean=('clean',),
    scoring='original size (mmseg)',
)
