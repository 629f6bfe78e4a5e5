# SyMPIE in front of torchvision's ResNet-50 (IMAGENET1K_V2 weights) on ImageNet-C. The weights:
#     python tools/model_converters/torchvision_to_mmpretrain.py resnet50 FILE checkpoints/resnet50_torchvision-v2.pth
_base_ = [
    '../../_base_/models/resnet50_cls.py',
    '../../_base_/datasets/imagenet-c.py',
    '../../_base_/schedules/sympie_cls_test.py',
    '../../_base_/default_runtime_cls.py',
]
frozen_checkpoint = 'checkpoints/resnet50_torchvision-v2.pth'
enhancer = 'work_dirs/sympie_resnet50_imagenet/enhancer_last.pth'
model = dict(data_preprocessor=dict(type='SyMPIEClsDataPreprocessor', enhancer=enhancer))
