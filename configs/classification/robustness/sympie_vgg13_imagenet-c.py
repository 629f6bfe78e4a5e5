# SyMPIE in front of torchvision's VGG-13 (IMAGENET1K_V1 weights) on ImageNet-C. The weights:
#     sympie-seg convert-model torchvision-to-mmpretrain vgg13 FILE checkpoints/vgg13_torchvision-v1.pth
_base_ = ['../../_base_/models/vgg13_cls.py', './_base_/sympie_imagenet-c.py']
frozen_checkpoint = 'checkpoints/vgg13_torchvision-v1.pth'
model = dict(data_preprocessor={{_base_.sympie}})
