# SyMPIE in front of torchvision's MobileNetV3-Large (IMAGENET1K_V2 weights) on ImageNet-C. The weights:
#     sympie-seg convert-model torchvision-to-mmpretrain mobilenet_v3_large FILE checkpoints/mobilenet-v3-large_torchvision-v2.pth
_base_ = ['../../_base_/models/mobilenet-v3-large_cls.py', './_base_/sympie_imagenet-c.py']
frozen_checkpoint = 'checkpoints/mobilenet-v3-large_torchvision-v2.pth'
model = dict(data_preprocessor={{_base_.sympie}})
