# CamVid at its own size for networks that were trained elsewhere: the frames of Seq05VD, clean and under 13 corruptions at
# severity 3, and the frames of the dusk drive in the test split (0001TP; networks trained on CamVid have seen the other half).
data_root = 'data/CamVid'
# Written out as before PackSyMPIESegInputs: the records of comparisons name this pipeline, and stay usable.
meta_keys = (
    'img_path', 'seg_map_path', 'ori_shape', 'img_shape', 'pad_shape', 'scale_factor', 'flip', 'flip_direction',
    'reduce_zero_label', 'condition', 'corruption', 'severity',
)
test_corruptions = [
    'gaussian_noise', 'shot_noise', 'impulse_noise', 'defocus_blur', 'motion_blur', 'zoom_blur', 'fog', 'contrast',
    'brightness', 'darken', 'night', 'jpeg_compression', 'pixelate',
]
scale = (480, 360)
test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='ConcatDataset',
        datasets=[
            dict(
                type='CamVidDataset',
                condition=name,
                data_root=data_root,
                data_prefix=dict(img_path='test', seg_map_path='testannot'),
                sequences=('0001TP',) if name == 'dusk' else ('Seq05VD',),
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    *([] if name in ('clean', 'dusk') else [dict(type='Corrupt', name=name, severity=3, seed=0)]),
                    dict(type='Resize', scale=scale, keep_ratio=True),
                    dict(type='LoadAnnotations'),
                    dict(type='PackSegInputs', meta_keys=meta_keys),
                ],
            )
            for name in ['clean', 'dusk', *test_corruptions]
        ],
    ),
)
test_evaluator = dict(
    type='ConditionIoUMetric',
    conditions=('clean', 'dusk', *test_corruptions),
    scoring='original size (mmseg)',
)
