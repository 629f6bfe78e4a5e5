# SyMPIE in front of torchvision's ResNet-50 (IMAGENET1K_V2 weights) on ImageNet-C-bar. The weights:
#     sympie-seg convert-model torchvision-to-mmpretrain resnet50 FILE checkpoints/resnet50_torchvision-v2.pth
_base_ = ['../../_base_/models/resnet50_cls.py', './_base_/sympie_imagenet-c-bar.py']
frozen_checkpoint = 'checkpoints/resnet50_torchvision-v2.pth'
model = dict(data_preprocessor={{_base_.sympie}})
