# VGG-16 as in torchvision (torchvision_to_mmpretrain.py vgg16).
_base_ = './vgg13_cls.py'
model = dict(backbone=dict(depth=16))
