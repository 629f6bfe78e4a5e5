# A small DeepLabV2 for images of about 256 x 192 and machines without a GPU: ResNet-18 at half width, trained
# from random weights.
norm_cfg = dict(type='BN', requires_grad=True)
data_preprocessor = dict(
    type='SegDataPreProcessor',
    mean=[123.675, 116.28, 103.53],
    std=[58.395, 57.12, 57.375],
    bgr_to_rgb=True,
    pad_val=0,
    seg_pad_val=255,
    size_divisor=1,
)
model = dict(
    type='EncoderDecoder',
    data_preprocessor=data_preprocessor,
    pretrained=None,
    backbone=dict(
        type='DeepLabV2ResNet', depth=18, base_channels=32, norm_cfg=norm_cfg, norm_eval=False
    ),
    decode_head=dict(
        type='DeepLabV2Head',
        in_channels=256,
        in_index=3,
        num_classes=19,
        # At 32 x 24 features the dilations of the full-size network reach past the image.
        dilations=(1, 3, 6, 9),
        align_corners=True,
        loss_decode=dict(type='CrossEntropyLoss', avg_non_ignore=True),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
