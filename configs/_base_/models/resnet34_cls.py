# ResNet-34 as in torchvision (tools/model_converters/torchvision_to_mmpretrain.py resnet34).
_base_ = './resnet18_cls.py'
model = dict(backbone=dict(depth=34))
