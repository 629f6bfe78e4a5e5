# SyMPIE in front of torchvision's ResNet-50 (IMAGENET1K_V1 weights) on ImageNet-C. The weights:
#     sympie-seg convert-model torchvision-to-mmpretrain resnet50 FILE checkpoints/resnet50_torchvision-v1.pth
_base_ = './sympie_resnet50-v2_imagenet-c.py'
frozen_checkpoint = 'checkpoints/resnet50_torchvision-v1.pth'
