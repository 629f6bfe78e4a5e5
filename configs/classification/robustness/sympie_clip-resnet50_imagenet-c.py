# SyMPIE in front of CLIP's RN50, zero-shot, on ImageNet-C. The weights, with the text embeddings of the 1000 classes:
#     sympie-seg convert-model clip-to-mmpretrain RN50.pt checkpoints/clip-resnet50.pth --text-features TEXT.pt
_base_ = ['../../_base_/models/clip-resnet50_cls.py', './_base_/sympie_imagenet-c.py']
frozen_checkpoint = 'checkpoints/clip-resnet50.pth'
model = dict(data_preprocessor={{_base_.sympie}})
