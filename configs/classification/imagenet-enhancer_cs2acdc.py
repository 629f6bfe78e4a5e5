# From classification to segmentation, as in the paper: the enhancer that was trained on ImageNet, file as it is, in
# front of the Cityscapes network on ACDC. For testing:
#     sympie-seg test configs/classification/imagenet-enhancer_cs2acdc.py checkpoints/deeplabv2_r50_cityscapes.pth
_base_ = '../sympie_cs2acdc.py'
enhancer = 'work_dirs/sympie_resnet50_imagenet/enhancer_last.pth'
model = dict(data_preprocessor=dict(enhancer=enhancer))
