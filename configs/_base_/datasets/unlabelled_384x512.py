# Pictures without labels for label-free training: random scale and crop, then one or two of the 23 training corruptions and
# the driving ones. The config sets data_root.
driving = [
    'driving_fog', 'driving_rain', 'driving_snow', 'driving_night', 'low_light', 'over_exposure', 'colour_cast',
]
train_corruptions = [
    'gaussian_noise', 'shot_noise', 'impulse_noise', 'defocus_blur', 'glass_blur', 'motion_blur', 'zoom_blur', 'snow',
    'frost', 'fog', 'brightness', 'contrast', 'elastic_transform', 'pixelate', 'jpeg_compression', 'speckle_noise',
    'gaussian_blur', 'spatter', 'saturate', 'darken', 'sunset', 'night', 'white_point', *driving,
]
weights = [1.0] * 23 + [2.0] * 7  # weather and light of driving twice as often
# Severity 0 twice: clean images, and one corruption alone, come up more often. A fifth of the draws is random_appearance: looks that
# no list names, so that the enhancer is less timid in front of what it never met (docs/label-free.md). Validation leaves it out.
corruption = dict(
    type='RandomCorruption',
    names=[*train_corruptions, 'random_appearance'],
    weights=[*weights, 10.0],
    count=(1, 2),
    severities=(0, 0, 1, 2, 3, 4, 5),
    keep_clean=True,
)
crop_size = (384, 512)
scale_range = (1.1, 2.0)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomScaleCrop', scale_range=scale_range, crop_size=crop_size),
    dict(type='RandomFlip', prob=0.5),
    corruption,
    dict(type='PackSyMPIESegInputs'),
]
val_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='RandomScaleCrop', scale_range=scale_range, crop_size=crop_size, seed=0),
    dict(type='RandomCorruption', names=train_corruptions, weights=weights, count=(1, 2), keep_clean=True, seed=0),
    dict(type='PackSyMPIESegInputs'),
]
train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(type='UnlabelledImages', data_root=None, pipeline=train_pipeline),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='UnlabelledImages', data_root=None, limit=40, pipeline=val_pipeline),
)
test_dataloader = val_dataloader
# The prediction on the clean image is the reference; "best" is chosen by it.
val_evaluator = dict(type='CleanAgreement')
test_evaluator = val_evaluator
