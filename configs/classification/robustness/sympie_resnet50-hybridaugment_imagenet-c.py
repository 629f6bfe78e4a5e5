# SyMPIE in front of the ResNet-50 that was trained with HybridAugment++, on ImageNet-C. Its file (MKYucel/hybrid_augment; evaluated there with AugMix's script, so with 'state_dict' and 'module.') was not at hand: the converter takes any usual wrapping.
#     sympie-seg convert-model torchvision-to-mmpretrain resnet50 FILE checkpoints/resnet50_hybridaugment.pth
_base_ = './sympie_resnet50-v2_imagenet-c.py'
frozen_checkpoint = 'checkpoints/resnet50_hybridaugment.pth'
