# SyMPIE in front of the ResNet-50 that was trained with PRIME, on ImageNet-C. Its file (Zenodo 5801872) was not at hand: the converter takes any usual wrapping.
#     sympie-seg convert-model torchvision-to-mmpretrain resnet50 FILE checkpoints/resnet50_prime.pth
_base_ = './sympie_resnet50-v2_imagenet-c.py'
frozen_checkpoint = 'checkpoints/resnet50_prime.pth'
