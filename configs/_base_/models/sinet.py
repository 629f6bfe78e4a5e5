# SINet (Park et al., 2019) with its published Cityscapes weights; RGB, ImageNet's mean and standard deviation. Inputs are
# resized to multiples of 128 inside (docs/sinet.md).
model = dict(
    type='EncoderDecoder',
    data_preprocessor=dict(
        type='SegDataPreProcessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
        pad_val=0,
        seg_pad_val=255,
    ),
    backbone=dict(type='SINetEncoder'),
    decode_head=dict(
        type='SINetHead',
        num_classes=19,
        loss_decode=dict(type='CrossEntropyLoss', use_sigmoid=False, loss_weight=1.0, avg_non_ignore=True),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole'),
)
