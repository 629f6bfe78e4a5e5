# VGG-16 with BN as in torchvision (torchvision_to_mmpretrain.py vgg16_bn); for crops of 224 x 224 only: mmpretrain has no adaptive pooling here.
model = dict(
    type='ImageClassifier',
    data_preprocessor=dict(
        type='ClsDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True,
    ),
    backbone=dict(type='VGG', depth=16, num_classes=1000, norm_cfg=dict(type='BN')),
    neck=None,
    head=dict(type='ClsHead', loss=dict(type='CrossEntropyLoss'), topk=(1, 5)),
)
