# SyMPIE in front of torchvision's MobileNetV3-Large (IMAGENET1K_V1 weights) on ImageNet-C. The weights:
#     sympie-seg convert-model torchvision-to-mmpretrain mobilenet_v3_large FILE checkpoints/mobilenet-v3-large_torchvision-v1.pth
_base_ = './sympie_mobilenet-v3-large-v2_imagenet-c.py'
frozen_checkpoint = 'checkpoints/mobilenet-v3-large_torchvision-v1.pth'
