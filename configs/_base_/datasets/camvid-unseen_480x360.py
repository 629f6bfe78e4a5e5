# CamVid under what no shipped enhancer was trained on: nine of the ten corruptions of ImageNet-C-bar at severity 3
# (caustic_refraction moves pixels, and labels are scored at the original size here) and two or three corruptions at once;
# these, clean and dusk frames at its own size, half and twice the size and after JPEG of quality 75.
data_root = 'data/CamVid'
scale = (480, 360)
cbar = [
    'blue_noise_sample', 'brownish_noise', 'checkerboard_cutout', 'concentric_sine_waves',
    'inverse_sparkles', 'perlin_noise', 'plasma_noise', 'single_frequency_greyscale', 'sparkles',
]
jpeg = dict(type='Albu', transforms=[dict(type='ImageCompression', quality_range=(75, 75), p=1.0)])
# What breaks the image: sequence and steps.
breaks = {
    **{name: ('Seq05VD', [dict(type='Corrupt', name=name, severity=3, seed=0)]) for name in cbar},
    'mixed': ('Seq05VD', [dict(type='MixedCorruption', seed=0)]),
    'clean': ('Seq05VD', []),
    'dusk': ('0001TP', []),
}
# What comes after: further steps, and what the network gets. Clean and dusk frames as they are stand in camvid-adverse_480x360.py.
variants = {
    '': ([], scale),
    '_half': ([], (240, 180)),
    '_double': ([], (960, 720)),
    '_jpeg75': ([jpeg], scale),
}
# Row: sequence, steps, what the network gets instead of 480 x 360.
rows = {
    name + variant: (sequence, steps + after, size)
    for name, (sequence, steps) in breaks.items()
    for variant, (after, size) in variants.items()
    if variant or name not in ('clean', 'dusk')
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
