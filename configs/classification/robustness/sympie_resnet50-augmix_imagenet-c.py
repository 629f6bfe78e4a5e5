# SyMPIE in front of the ResNet-50 that was trained with AugMix, on ImageNet-C. Its file (google-research/augmix; its training script writes 'state_dict' with 'module.') was not at hand: the converter takes any usual wrapping.
#     sympie-seg convert-model torchvision-to-mmpretrain resnet50 FILE checkpoints/resnet50_augmix.pth
_base_ = './sympie_resnet50-v2_imagenet-c.py'
frozen_checkpoint = 'checkpoints/resnet50_augmix.pth'
