# CamVid at its own size under what no shipped enhancer was trained on: nine of the ten corruptions of ImageNet-C-bar at
# severity 3 (caustic_refraction moves pixels, and labels are scored at the original size here),
# two or three corruptions at once, and clean and dusk frames at half and twice the size and after JPEG of quality 75.
data_root = 'data/CamVid'
scale = (480, 360)
cbar = [
    'blue_noise_sample', 'brownish_noise', 'checkerboard_cutout', 'concentric_sine_waves',
    'inverse_sparkles', 'perlin_noise', 'plasma_noise', 'single_frequency_greyscale', 'sparkles',
]
# Row: sequence, what breaks the image, and what the network gets instead of 480 x 360.
jpeg = dict(type='Albu', transforms=[dict(type='ImageCompression', quality_range=(75, 75), p=1.0)])
rows = {
    **{name: ('Seq05VD', [dict(type='Corrupt', name=name, severity=3, seed=0)], scale) for name in cbar},
    'mixed': ('Seq05VD', [dict(type='MixedCorruption', seed=0)], scale),
    'clean_half': ('Seq05VD', [], (240, 180)),
    'clean_double': ('Seq05VD', [], (960, 720)),
    'clean_jpeg75': ('Seq05VD', [jpeg], scale),
    'dusk_half': ('0001TP', [], (240, 180)),
    'dusk_double': ('0001TP', [], (960, 720)),
    'dusk_jpeg75': ('0001TP', [jpeg], scale),
}
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
                sequences=(sequence,),
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    *steps,
                    dict(type='Resize', scale=size, keep_ratio=True),
                    dict(type='LoadAnnotations'),
                    dict(type='PackSyMPIESegInputs'),
                ],
            )
            for name, (sequence, steps, size) in rows.items()
        ],
    ),
)
test_evaluator = dict(type='ConditionIoUMetric', conditions=tuple(rows), scoring='original size (mmseg)')
