# SyMPIE in front of torchvision's Swin-T (IMAGENET1K_V1 weights) on ImageNet-C. The weights:
#     sympie-seg convert-model torchvision-to-mmpretrain swin_t FILE checkpoints/swin-tiny_torchvision-v1.pth
_base_ = ['../../_base_/models/swin-tiny_cls.py', './_base_/sympie_imagenet-c.py']
frozen_checkpoint = 'checkpoints/swin-tiny_torchvision-v1.pth'
model = dict(data_preprocessor={{_base_.sympie}})
