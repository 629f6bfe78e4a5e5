# ResNet-50 as in torchvision (tools/model_converters/torchvision_to_mmpretrain.py resnet50).
_base_ = './resnet18_cls.py'
model = dict(backbone=dict(depth=50), head=dict(in_channels=2048))
