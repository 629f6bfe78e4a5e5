# VGG-16 with BN as in torchvision (torchvision_to_mmpretrain.py vgg16_bn).
_base_ = './vgg13_cls.py'
model = dict(backbone=dict(depth=16, norm_cfg=dict(type='BN')))
