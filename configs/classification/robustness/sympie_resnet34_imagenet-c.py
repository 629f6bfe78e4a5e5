# SyMPIE in front of torchvision's ResNet-34 (IMAGENET1K_V1 weights) on ImageNet-C. The weights:
#     sympie-seg convert-model torchvision-to-mmpretrain resnet34 FILE checkpoints/resnet34_torchvision-v1.pth
_base_ = ['../../_base_/models/resnet34_cls.py', './_base_/sympie_imagenet-c.py']
frozen_checkpoint = 'checkpoints/resnet34_torchvision-v1.pth'
model = dict(data_preprocessor={{_base_.sympie}})
