# VGG-13 with BN as in torchvision (torchvision_to_mmpretrain.py vgg13_bn).
_base_ = './vgg13_cls.py'
model = dict(backbone=dict(norm_cfg=dict(type='BN')))
