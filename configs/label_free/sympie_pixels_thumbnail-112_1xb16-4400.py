# First part of the general enhancer: NEM learns which numbers undo a corruption, from clean images alone. No network runs,
# and the thumbnails have a quarter of the pixels, so that an image costs 25 ms instead of 360.
# data/ holds CamVid/ and photos/ (docs/WEIGHTS.md).
_base_ = [
    '../_base_/models/sinet.py',
    '../_base_/datasets/unlabelled_384x512.py',
    '../_base_/schedules/sympie_label_free.py',
    '../_base_/default_runtime.py',
]
# Built for its normalisation; the weight 0 below leaves it out of the training.
frozen_checkpoint = 'data/networks/sinet_cityscapes.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        size_divisor=8,
        test_cfg=dict(size_divisor=8),
        enhancer=dict(
            type='SyMPIEFromFile', path='cityscapes', thumbnail_resize=112, thumbnail_crop=112),
        two_step=False,
        label_free=dict(weight=0, pixel_weight=1.0),
    ),
)  # yapf: disable

load = dict(type='LoadImageFromFile')
flip = dict(type='RandomFlip', prob=0.5)
pack = dict(type='PackSyMPIESegInputs')
corruption = {{_base_.corruption}}
# In use the thumbnail is the image, made one to five times smaller: a corruption of single pixels is weaker there.
street_crops = [[dict(type='RandomScaleCrop', scale_range=(0.7, 2.0), crop_size=side)] for side in (112, 168, 224, 336)]
photo_crops = [
    [dict(type='RandomScaleCrop', scale_range=(0.5, 1.3), crop_size=side)] for side in (112, 168, 224, 336)
]  # yapf: disable
shares = [0.3, 0.25, 0.3, 0.15]
streets = dict(
    type='UnlabelledImages', data_root='data/CamVid/train', include=['0006R0_*', '0016E5_*'],
    classes_of='CityscapesDataset',
    pipeline=[load, dict(type='RandomChoice', transforms=street_crops, prob=shares), flip, corruption, pack])
# Classes whose WordNet number ends in 7, 8 or 9 are never seen here: they are for tests.
photos = dict(
    type='UnlabelledImages', data_root='data/photos', exclude=['n*[789]'], classes_of='CityscapesDataset',
    split=dict(part='train', holdout=0.07, by='file'),
    pipeline=[load, dict(type='RandomChoice', transforms=photo_crops, prob=shares), flip, corruption, pack])
train_dataloader = dict(
    batch_size=16, dataset=dict(_delete_=True, type='ConcatDataset', datasets=[streets, photos]))  # yapf: disable
# Not used to choose: without a pass of the network there is little to agree with. The last file starts the second part.
val_dataloader = None
val_evaluator = None
val_cfg = None
test_dataloader = None
test_evaluator = None
test_cfg = None

optim_wrapper = dict(optimizer=dict(lr=1.5e-4))
max_iters = 4400
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
default_hooks = dict(checkpoint=dict(interval=500), logger=dict(interval=50))
custom_hooks = [
    dict(type='EnhancerFileHook', interval=500),
    dict(type='BatchNormStatisticsHook'),
]
