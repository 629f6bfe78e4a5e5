# First part of the shipped enhancers: NEM learns which numbers undo a corruption, from clean images alone. No network and no
# DWM runs: the difference that 37 numbers leave is computed from moments of the image's patches (docs/label-free.md).
# It continues the second general enhancer (docs/WEIGHTS.md says how that was made); data/ holds CamVid/ and photos/.
_base_ = [
    '../_base_/datasets/unlabelled_384x512.py',
    '../_base_/schedules/sympie_label_free.py',
    '../_base_/default_runtime.py',
]
runner_type = 'ResumableRunner'
model = dict(
    type='NEMPretraining',
    data_preprocessor=dict(
        type='ThumbnailPreprocessor',
        enhancer=dict(
            type='SyMPIEFromFile', path='work_dirs/general.pth', norm_eval=True, frozen_stem=True)),
)  # yapf: disable

load = dict(type='LoadImageFromFile')
flip = dict(type='RandomFlip', prob=0.5)
pack = dict(type='PackPatchMoments')
corruption = {{_base_.corruption}}
# In use the thumbnail is the image, made one to five times smaller: a corruption of single pixels is weaker there.
sides = (224, 320, 448)
street_crops = [[dict(type='RandomScaleCrop', scale_range=(0.9, 2.0), crop_size=side)] for side in sides]
photo_crops = [[dict(type='RandomScaleCrop', scale_range=(0.8, 1.3), crop_size=side)] for side in sides]
streets = dict(
    type='UnlabelledImages', data_root='data/CamVid/train', include=['0006R0_*', '0016E5_*'],
    classes_of='CityscapesDataset',
    pipeline=[load, dict(type='RandomChoice', transforms=street_crops, prob=[0.5, 0.25, 0.25]), flip, corruption, pack])
# Classes whose WordNet number ends in 7, 8 or 9 are never seen here: they are for tests.
photos = dict(
    type='UnlabelledImages', data_root='data/photos', exclude=['n*[789]'], classes_of='CityscapesDataset',
    split=dict(part='train', holdout=0.07, by='file'),
    pipeline=[load, dict(type='RandomChoice', transforms=photo_crops, prob=[0.5, 0.3, 0.2]), flip, corruption, pack])
train_dataloader = dict(
    batch_size=16, collate_fn=dict(type='default_collate'),
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[streets, photos]))  # yapf: disable
# Not used to choose: the last file starts the second part.
val_dataloader = None
val_evaluator = None
val_cfg = None
test_dataloader = None
test_evaluator = None
test_cfg = None

optim_wrapper = dict(
    optimizer=dict(lr=1.5e-4), paramwise_cfg=dict(custom_keys={'nem.out': dict(lr_mult=0.3)}))  # yapf: disable
max_iters = 3000
train_cfg = dict(_delete_=True, type='IterBasedTrainLoop', max_iters=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
# The loss without enhancer is logged beside it, as a mean over the same iterations.
log_processor = dict(custom_cfg=[dict(data_src='untouched', method_name='mean', window_size=50)])
default_hooks = dict(checkpoint=dict(interval=500), logger=dict(interval=50))
custom_hooks = [dict(type='EnhancerFileHook', interval=500)]
