# camvid-day_240x180 for an enhancer: daytime frames with corruptions train and validate; all dusk frames and unseen daytime
# frames, clean and under 13 corruptions, test.
_base_ = './camvid-day_240x180.py'
data_root = 'data/CamVid'
# Zoom blur and pixelate are kept out of training: what the enhancer does to corruptions it never met.
train_corruptions = [
    'gaussian_noise', 'shot_noise', 'impulse_noise', 'speckle_noise', 'defocus_blur', 'motion_blur',
    'gaussian_blur', 'fog', 'brightness', 'contrast', 'saturate', 'jpeg_compression', 'darken',
    'sunset', 'night', 'white_point',
]
scale = (240, 180)
day = ('0006R0', '0016E5')
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', scale=scale, keep_ratio=True, interpolation='area'),
    dict(type='RandomCrop', crop_size=(180, 180)),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCorruption', names=train_corruptions, keep_clean=True),
    dict(type='PackSyMPIESegInputs'),
]
val_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=scale, keep_ratio=True, interpolation='area'),
    dict(type='RandomCorruption', names=train_corruptions, seed=0),
    dict(type='LoadAnnotations'),
    dict(type='PackSyMPIESegInputs'),
]
train_dataloader = dict(
    _delete_=True,
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='CamVidDataset',
        data_root=data_root,
        data_prefix=dict(img_path='train', seg_map_path='trainannot'),
        sequences=day,
        pipeline=train_pipeline,
    ),
)
# "Best" is chosen on corrupted daytime frames only.
val_dataloader = dict(dataset=dict(data_root=data_root, pipeline=val_pipeline))

# Tests: no frame of these has been trained on.
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=scale, keep_ratio=True, interpolation='area'),
    dict(type='LoadAnnotations'),
    dict(type='PackSyMPIESegInputs'),
]
test_corruptions = [
    'gaussian_noise', 'shot_noise', 'impulse_noise', 'defocus_blur', 'motion_blur', 'zoom_blur', 'fog',
    'contrast', 'brightness', 'darken', 'night', 'jpeg_compression', 'pixelate',
]
dusk = [
    dict(
        type='CamVidDataset',
        condition='dusk',
        data_root=data_root,
        data_prefix=dict(img_path=split, seg_map_path=split + 'annot'),
        sequences=('0001TP',),
        pipeline=test_pipeline,
    )
    for split in ('train', 'test')
]
unseen_day = [
    dict(
        type='CamVidDataset',
        condition=name,
        data_root=data_root,
        data_prefix=dict(img_path='test', seg_map_path='testannot'),
        sequences=('Seq05VD',),
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='Resize', scale=scale, keep_ratio=True, interpolation='area'),
            *([] if name == 'clean' else [dict(type='Corrupt', name=name, severity=3, seed=0)]),
            dict(type='LoadAnnotations'),
            dict(type='PackSyMPIESegInputs'),
        ],
    )
    for name in ['clean', *test_corruptions]
]
test_dataloader = dict(
    batch_size=4, dataset=dict(_delete_=True, type='ConcatDataset', datasets=[*unseen_day, *dusk])
)
test_evaluator = dict(
    _delete_=True,
    type='ConditionIoUMetric',
    conditions=('clean', 'dusk', *test_corruptions),
    scoring='original size (mmseg)',
)
