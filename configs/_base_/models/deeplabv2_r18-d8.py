# A small DeepLabV2 for machines without a GPU: ResNet-18, trained from random weights.
norm_cfg = dict(type='BN', requires_grad=True)
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,
)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    pretrained=None,
    backbone=dict(
        type='DeepLabV2ResNet', depth=18, base_channels=64, norm_cfg=norm_cfg, norm_eval=False
    ),
    decode_head=dict(
        type='DeepLabV2Head',
        in_channels=512,
        in_index=3,
        num_classes=19,
        dilations=(6, 12, 18, 24),
        align_corners=True,
        loss_decode=dict(type='CrossEntropyLoss', loss_weight=1.0),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
