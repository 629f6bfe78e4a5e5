# SyMPIE in front of torchvision's ViT-B/16 (IMAGENET1K_V1 weights) on ImageNet-C. The weights:
#     sympie-seg convert-model torchvision-to-mmpretrain vit_b_16 FILE checkpoints/vit-base-p16_torchvision-v1.pth
_base_ = ['../../_base_/models/vit-base-p16_cls.py', './_base_/sympie_imagenet-c.py']
frozen_checkpoint = 'checkpoints/vit-base-p16_torchvision-v1.pth'
model = dict(data_preprocessor={{_base_.sympie}})
