custom_hooks = [
    dict(interval=500, save_best='mIoU', type='EnhancerFileHook'),
    dict(interval=100, type='EnhancementVisualizationHook'),
]
custom_imports = dict(
    allow_failed_imports=False, imports=[
        'sympie_seg',
    ])
data_preprocessor = dict(
    bgr_to_rgb=True,
    mean=[
        123.675,
        116.28,
        103.53,
    ],
    pad_val=0,
    seg_pad_val=255,
    size_divisor=1,
    std=[
        58.395,
        57.12,
        57.375,
    ],
    type='SegDataPreProcessor')
data_root = 'data/streets'
default_hooks = dict(
    checkpoint=dict(
        by_epoch=False, interval=100, max_keep_ckpts=2, type='CheckpointHook'),
    logger=dict(interval=20, log_metric_by_epoch=False, type='LoggerHook'),
    param_scheduler=dict(type='ParamSchedulerHook'),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    timer=dict(type='IterTimerHook'),
    visualization=dict(draw=True, type='SegVisualizationHook'))
default_scope = 'mmseg'
env_cfg = dict(
    cudnn_benchmark=True,
    dist_cfg=dict(backend='nccl'),
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0))
frozen_checkpoint = 'work_dirs/streets/frozen/iter_800.pth'
launcher = 'none'
load_from = '/tmp/pytest-of-root/pytest-39/user0/sympie/iter_2.pth'
log_level = 'INFO'
log_processor = dict(by_epoch=False)
max_iters = 400
meta_keys = (
    'img_path',
    'seg_map_path',
    'ori_shape',
    'img_shape',
    'pad_shape',
    'scale_factor',
    'flip',
    'flip_direction',
    'reduce_zero_label',
    'condition',
    'corruption',
    'severity',
    'clean_img',
)
model = dict(
    backbone=dict(
        base_channels=8,
        depth=18,
        norm_cfg=dict(requires_grad=True, type='BN'),
        norm_eval=False,
        type='DeepLabV2ResNet'),
    data_preprocessor=dict(
        bgr_to_rgb=True,
        enhancer=dict(
            init='identity',
            thumbnail_crop=112,
            thumbnail_resize=116,
            type='SyMPIE'),
        mean=[
            123.675,
            116.28,
            103.53,
        ],
        pad_val=0,
        seg_pad_val=255,
        size_divisor=1,
        std=[
            58.395,
            57.12,
            57.375,
        ],
        two_step=dict(keep=0.9, weight=0.5),
        type='SyMPIESegDataPreProcessor'),
    decode_head=dict(
        align_corners=True,
        dilations=(
            1,
            3,
            6,
            9,
        ),
        in_channels=64,
        in_index=3,
        loss_decode=dict(avg_non_ignore=True, type='CrossEntropyLoss'),
        num_classes=19,
        type='DeepLabV2Head'),
    pretrained=None,
    test_cfg=dict(mode='whole'),
    train_cfg=dict(),
    type='EncoderDecoder')
norm_cfg = dict(requires_grad=True, type='BN')
optim_wrapper = dict(
    clip_tensor_norm=1.0,
    constructor='EnhancerOptimWrapperConstructor',
    optimizer=dict(lr=0.0003, type='Adam'),
    type='OptimWrapper')
param_scheduler = [
    dict(
        T_max=400,
        begin=0,
        by_epoch=False,
        end=400,
        eta_min=0,
        type='CosineAnnealingLR'),
]
randomness = dict(seed=0)
resume = False
runner_type = 'FrozenNetworkRunner'
test_cfg = dict(type='TestLoop')
test_dataloader = dict(
    batch_size=8,
    dataset=dict(
        datasets=[
            dict(
                condition='clean',
                data_prefix=dict(
                    img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
                data_root='/tmp/pytest-of-root/pytest-39/user0/data/cityscapes',
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='LoadAnnotations'),
                    dict(
                        meta_keys=(
                            'img_path',
                            'seg_map_path',
                            'ori_shape',
                            'img_shape',
                            'pad_shape',
                            'scale_factor',
                            'flip',
                            'flip_direction',
                            'reduce_zero_label',
                            'condition',
                            'corruption',
                            'severity',
                            'clean_img',
                        ),
                        type='PackSegInputs'),
                ],
                type='ConditionCityscapesDataset'),
            dict(
                condition='fog',
                data_root='/tmp/pytest-of-root/pytest-39/user0/data/acdc',
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='LoadAnnotations'),
                    dict(
                        meta_keys=(
                            'img_path',
                            'seg_map_path',
                            'ori_shape',
                            'img_shape',
                            'pad_shape',
                            'scale_factor',
                            'flip',
                            'flip_direction',
                            'reduce_zero_label',
                            'condition',
                            'corruption',
                            'severity',
                            'clean_img',
                        ),
                        type='PackSegInputs'),
                ],
                type='ACDCDataset'),
            dict(
                condition='night',
                data_root='/tmp/pytest-of-root/pytest-39/user0/data/acdc',
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='LoadAnnotations'),
                    dict(
                        meta_keys=(
                            'img_path',
                            'seg_map_path',
                            'ori_shape',
                            'img_shape',
                            'pad_shape',
                            'scale_factor',
                            'flip',
                            'flip_direction',
                            'reduce_zero_label',
                            'condition',
                            'corruption',
                            'severity',
                            'clean_img',
                        ),
                        type='PackSegInputs'),
                ],
                type='ACDCDataset'),
            dict(
                condition='rain',
                data_root='/tmp/pytest-of-root/pytest-39/user0/data/acdc',
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='LoadAnnotations'),
                    dict(
                        meta_keys=(
                            'img_path',
                            'seg_map_path',
                            'ori_shape',
                            'img_shape',
                            'pad_shape',
                            'scale_factor',
                            'flip',
                            'flip_direction',
                            'reduce_zero_label',
                            'condition',
                            'corruption',
                            'severity',
                            'clean_img',
                        ),
                        type='PackSegInputs'),
                ],
                type='ACDCDataset'),
            dict(
                condition='snow',
                data_root='/tmp/pytest-of-root/pytest-39/user0/data/acdc',
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='LoadAnnotations'),
                    dict(
                        meta_keys=(
                            'img_path',
                            'seg_map_path',
                            'ori_shape',
                            'img_shape',
                            'pad_shape',
                            'scale_factor',
                            'flip',
                            'flip_direction',
                            'reduce_zero_label',
                            'condition',
                            'corruption',
                            'severity',
                            'clean_img',
                        ),
                        type='PackSegInputs'),
                ],
                type='ACDCDataset'),
        ],
        type='ConcatDataset'),
    num_workers=0,
    persistent_workers=False,
    sampler=dict(shuffle=False, type='DefaultSampler'))
test_evaluator = dict(
    conditions=(
        'clean',
        'fog',
        'night',
        'rain',
        'snow',
    ),
    exclude_from_mean=('clean', ),
    keep_results=True,
    output_dir='/tmp/pytest-of-root/pytest-39/user0/predictions',
    scoring='original size (mmseg)',
    type='ConditionIoUMetric')
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(
        meta_keys=(
            'img_path',
            'seg_map_path',
            'ori_shape',
            'img_shape',
            'pad_shape',
            'scale_factor',
            'flip',
            'flip_direction',
            'reduce_zero_label',
            'condition',
            'corruption',
            'severity',
            'clean_img',
        ),
        type='PackSegInputs'),
]
train_cfg = dict(max_iters=400, type='IterBasedTrainLoop', val_interval=100)
train_dataloader = dict(
    batch_size=4,
    dataset=dict(
        data_prefix=dict(
            img_path='leftImg8bit/train', seg_map_path='gtFine/train'),
        data_root='/tmp/pytest-of-root/pytest-39/user0/data/cityscapes',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations'),
            dict(prob=0.5, type='RandomFlip'),
            dict(keep_clean=True, type='RandomCorruption'),
            dict(
                meta_keys=(
                    'img_path',
                    'seg_map_path',
                    'ori_shape',
                    'img_shape',
                    'pad_shape',
                    'scale_factor',
                    'flip',
                    'flip_direction',
                    'reduce_zero_label',
                    'condition',
                    'corruption',
                    'severity',
                    'clean_img',
                ),
                type='PackSegInputs'),
        ],
        type='CityscapesDataset'),
    num_workers=0,
    persistent_workers=False,
    sampler=dict(shuffle=True, type='InfiniteSampler'))
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(prob=0.5, type='RandomFlip'),
    dict(keep_clean=True, type='RandomCorruption'),
    dict(
        meta_keys=(
            'img_path',
            'seg_map_path',
            'ori_shape',
            'img_shape',
            'pad_shape',
            'scale_factor',
            'flip',
            'flip_direction',
            'reduce_zero_label',
            'condition',
            'corruption',
            'severity',
            'clean_img',
        ),
        type='PackSegInputs'),
]
val_cfg = dict(type='ValLoop')
val_dataloader = dict(
    batch_size=8,
    dataset=dict(
        data_prefix=dict(
            img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
        data_root='/tmp/pytest-of-root/pytest-39/user0/data/cityscapes',
        pipeline=[
            dict(type='LoadImageFromFile'),
            dict(type='LoadAnnotations'),
            dict(seed=0, type='RandomCorruption'),
            dict(
                meta_keys=(
                    'img_path',
                    'seg_map_path',
                    'ori_shape',
                    'img_shape',
                    'pad_shape',
                    'scale_factor',
                    'flip',
                    'flip_direction',
                    'reduce_zero_label',
                    'condition',
                    'corruption',
                    'severity',
                    'clean_img',
                ),
                type='PackSegInputs'),
        ],
        type='CityscapesDataset'),
    num_workers=0,
    persistent_workers=False,
    sampler=dict(shuffle=False, type='DefaultSampler'))
val_evaluator = dict(
    iou_metrics=[
        'mIoU',
    ], type='IoUMetric')
val_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(seed=0, type='RandomCorruption'),
    dict(
        meta_keys=(
            'img_path',
            'seg_map_path',
            'ori_shape',
            'img_shape',
            'pad_shape',
            'scale_factor',
            'flip',
            'flip_direction',
            'reduce_zero_label',
            'condition',
            'corruption',
            'severity',
            'clean_img',
        ),
        type='PackSegInputs'),
]
vis_backends = [
    dict(type='LocalVisBackend'),
    dict(type='TensorboardVisBackend'),
]
visualizer = dict(
    name='visualizer',
    save_dir='painted',
    type='SegLocalVisualizer',
    vis_backends=[
        dict(type='LocalVisBackend'),
        dict(type='TensorboardVisBackend'),
    ])
work_dir = '/tmp/pytest-of-root/pytest-39/user0/full'
