# ResNet-34 as in torchvision (sympie-seg convert-model torchvision-to-mmpretrain resnet34).
_base_ = './resnet18_cls.py'
model = dict(backbone=dict(depth=34))
