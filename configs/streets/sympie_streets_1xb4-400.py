# SyMPIE in front of the clear-weather network: trained on clear streets with corruptions (never on the four
# conditions), tested on clear streets and on fog, night, rain and snow.
_base_ = [
    '../_base_/models/deeplabv2_r18-d8-w32.py',
    '../_base_/datasets/streets_256x128.py',
    '../_base_/schedules/sympie.py',
    '../_base_/default_runtime.py',
]
frozen_checkpoint = 'work_dirs/streets/frozen/iter_800.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        # The images are half as high as the paper's thumbnail: a thumbnail of their own size costs a quarter.
        enhancer=dict(type='SyMPIE', init='identity', thumbnail_resize=116, thumbnail_crop=112),
        two_step=dict(keep=0.9, weight=0.5),
    )
)
meta_keys = (
    'img_path', 'seg_map_path', 'ori_shape', 'img_shape', 'pad_shape', 'scale_factor', 'flip',
    'flip_direction', 'reduce_zero_label', 'condition', 'corruption', 'severity', 'clean_img',
)
# The quicker 18 of the paper's 23: the README's table was measured with these. names=None gives all.
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
    dict(type='PackSegInputs', meta_keys=meta_keys),
]
val_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='RandomCorruption', names=corruptions, seed=0),
    dict(type='PackSegInputs', meta_keys=meta_keys),
]
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=train_pipeline))
# "Best" is chosen on corrupted clear streets only.
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
max_iters = 400
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters, val_interval=100)
param_scheduler = [
    dict(type='CosineAnnealingLR', eta_min=0, begin=0, end=max_iters, T_max=max_iters, by_epoch=False)
]
default_hooks = dict(checkpoint=dict(interval=100), logger=dict(interval=20))
