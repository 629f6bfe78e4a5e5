# DeepLabV2-ResNet50 in the layout and with the input of the published Cityscapes checkpoint (LTTM/LSR).
norm_cfg = dict(type='BN', requires_grad=True)
data_preprocessor = dict(
    type='SegDataPreProcessor',
    # BGR, 0..255
    mean=[104.00698793, 116.66876762, 122.67891434],
    std=[1.0, 1.0, 1.0],
    bgr_to_rgb=False,
    pad_val=0,
    seg_pad_val=255,
    size_divisor=1,
)
model = dict(
    type='DeepLabV2',
    data_preprocessor=data_preprocessor,
    pretrained=None,
    backbone=dict(
        type='DeepLabV2ResNet', depth=50, style='caffe', norm_cfg=norm_cfg, norm_eval=False
    ),
    decode_head=dict(
        type='DeepLabV2Head',
        in_channels=2048,
        in_index=3,
        num_classes=19,
        dilations=(6, 12, 18, 24),
        summed_branches=4,
        align_corners=True,
        loss_decode=dict(type='CrossEntropyLoss', loss_weight=1.0),
    ),
    train_cfg=dict(),
    test_cfg=dict(mode='whole', mirror=False),
)
