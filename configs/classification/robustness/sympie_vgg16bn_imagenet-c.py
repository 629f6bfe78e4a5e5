# SyMPIE in front of torchvision's VGG-16 with BN (IMAGENET1K_V1 weights) on ImageNet-C. The weights:
#     python tools/model_converters/torchvision_to_mmpretrain.py vgg16_bn FILE checkpoints/vgg16bn_torchvision-v1.pth
_base_ = [
    '../../_base_/models/vgg16bn_cls.py',
    '../../_base_/datasets/imagenet-c.py',
    '../../_base_/schedules/sympie_cls_test.py',
    '../../_base_/default_runtime_cls.py',
]
frozen_checkpoint = 'checkpoints/vgg16bn_torchvision-v1.pth'
enhancer = 'work_dirs/sympie_resnet50_imagenet/enhancer_last.pth'
model = dict(data_preprocessor=dict(type='SyMPIEClsDataPreprocessor', enhancer=enhancer))
