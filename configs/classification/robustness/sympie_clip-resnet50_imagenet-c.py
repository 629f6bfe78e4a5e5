# SyMPIE in front of CLIP's RN50, zero-shot, on ImageNet-C. The weights, with the text embeddings of the 1000 classes:
#     python tools/model_converters/clip_to_mmpretrain.py RN50.pt checkpoints/clip-resnet50.pth --text-features TEXT.pt
_base_ = [
    '../../_base_/models/clip-resnet50_cls.py',
    '../../_base_/datasets/imagenet-c.py',
    '../../_base_/schedules/sympie_cls_test.py',
    '../../_base_/default_runtime_cls.py',
]
frozen_checkpoint = 'checkpoints/clip-resnet50.pth'
enhancer = 'work_dirs/sympie_resnet50_imagenet/enhancer_last.pth'
model = dict(data_preprocessor=dict(type='SyMPIEClsDataPreprocessor', enhancer=enhancer))
