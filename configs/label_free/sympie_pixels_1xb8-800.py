# The pixel part continued with the thumbnails of use, whose border weighs less: NEM gets used to them.
_base_ = './sympie_pixels_thumbnail-112_1xb16-4400.py'
model = dict(
    data_preprocessor=dict(
        enhancer=dict(
            path='work_dirs/sympie_pixels_thumbnail-112_1xb16-4400/enhancer_last.pth',
            thumbnail_resize=232, thumbnail_crop=224)),
)  # yapf: disable
load = dict(type='LoadImageFromFile')
flip = dict(type='RandomFlip', prob=0.5)
pack = dict(type='PackSyMPIESegInputs')
corruption = {{_base_.corruption}}
sides = (224, 320, 448)
street_crops = [[dict(type='RandomScaleCrop', scale_range=(0.9, 2.0), crop_size=side)] for side in sides]
photo_crops = [[dict(type='RandomScaleCrop', scale_range=(0.8, 1.3), crop_size=side)] for side in sides]
streets = dict(
    type='UnlabelledImages', data_root='data/CamVid/train', include=['0006R0_*', '0016E5_*'],
    classes_of='CityscapesDataset',
    pipeline=[load, dict(type='RandomChoice', transforms=street_crops, prob=[0.5, 0.25, 0.25]), flip, corruption, pack])
photos = dict(
    type='UnlabelledImages', data_root='data/photos', exclude=['n*[789]'], classes_of='CityscapesDataset',
    split=dict(part='train', holdout=0.07, by='file'),
    pipeline=[load, dict(type='RandomChoice', transforms=photo_crops, prob=[0.625, 0.25, 0.125]), flip, corruption, pack])
train_dataloader = dict(
    batch_size=8, dataset=dict(_delete_=True, type='ConcatDataset', datasets=[streets, photos]))  # yapf: disable
optim_wrapper = dict(optimizer=dict(lr=7e-5))
max_iters = 800
train_cfg = dict(max_iters=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=20, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=20, end=max_iters, T_max=max_iters - 20, by_epoch=False),
]
default_hooks = dict(checkpoint=dict(interval=200), logger=dict(interval=20))
custom_hooks = [dict(type='EnhancerFileHook', interval=200), dict(type='BatchNormStatisticsHook')]
