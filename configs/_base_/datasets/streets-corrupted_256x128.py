# streets_256x128 for an enhancer: clear streets with corruptions train and validate (never the four conditions).
_base_ = './streets_256x128.py'
# The quicker 18 of the paper's 23: the table of docs/quickstart.md was measured with these. names=None gives all.
corruptions = (
    'gaussian_noise', 'shot_noise', 'impulse_noise', 'speckle_noise', 'defocus_blur', 'motion_blur', 'zoom_blur',
    'gaussian_blur', 'fog', 'brightness', 'contrast', 'saturate', 'jpeg_compression', 'pixelate', 'darken', 'sunset',
    'night', 'white_point',
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCorruption', names=corruptions, keep_clean=True),
    dict(type='PackSyMPIESegInputs'),
]
val_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomCorruption', names=corruptions, seed=0),
    dict(type='PackSyMPIESegInputs'),
]
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=train_pipeline))
# "Best" is chosen on corrupted clear streets only.
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
