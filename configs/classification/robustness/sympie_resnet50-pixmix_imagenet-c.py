# SyMPIE in front of the ResNet-50 that was trained with PixMix, on ImageNet-C. Its file (andyzoujm/pixmix, or Zenodo 10930713) was not at hand: the converter takes any usual wrapping.
#     sympie-seg convert-model torchvision-to-mmpretrain resnet50 FILE checkpoints/resnet50_pixmix.pth
_base_ = './sympie_resnet50-v2_imagenet-c.py'
frozen_checkpoint = 'checkpoints/resnet50_pixmix.pth'
