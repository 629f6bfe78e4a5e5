# SyMPIE in front of torchvision's ResNet-18 (IMAGENET1K_V1 weights) on ImageNet-C. The weights:
#     sympie-seg convert-model torchvision-to-mmpretrain resnet18 FILE checkpoints/resnet18_torchvision-v1.pth
_base_ = ['../../_base_/models/resnet18_cls.py', './_base_/sympie_imagenet-c.py']
frozen_checkpoint = 'checkpoints/resnet18_torchvision-v1.pth'
model = dict(data_preprocessor={{_base_.sympie}})
