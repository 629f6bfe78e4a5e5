# mmseg's night benchmark with an enhancer in front: PSPNet-R101b, trained by day on Cityscapes, tested on Dark Zurich val, 50 images.
# The network alone, as mmseg publishes it: 79.69 mIoU on Cityscapes val, 15.54 here.
_base_ = './pspnet_r50-d8_4xb2-40k_cityscapes-512x1024_dark-zurich-1920x1080.py'
frozen_checkpoint = 'https://download.openmmlab.com/mmsegmentation/v0.5/pspnet/pspnet_r101b-d8_512x1024_80k_cityscapes/pspnet_r101b-d8_512x1024_80k_cityscapes_20201226_170012-3a4d38ab.pth'
model = dict(pretrained='torchvision://resnet101', backbone=dict(type='ResNet', depth=101))
