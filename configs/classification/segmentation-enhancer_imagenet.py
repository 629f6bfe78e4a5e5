# From segmentation to classification: an enhancer trained on Cityscapes, file as it is, in front of a ResNet50 on
# ImageNet's val. For testing.
_base_ = './sympie_resnet50_imagenet.py'
enhancer = 'work_dirs/sympie_cs2acdc/enhancer_last.pth'
model = dict(data_preprocessor=dict(enhancer=enhancer))
