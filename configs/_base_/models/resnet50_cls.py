# ResNet-50 as in torchvision (sympie-seg convert-model torchvision-to-mmpretrain resnet50).
_base_ = './resnet18_cls.py'
model = dict(backbone=dict(depth=50), head=dict(in_channels=2048))
