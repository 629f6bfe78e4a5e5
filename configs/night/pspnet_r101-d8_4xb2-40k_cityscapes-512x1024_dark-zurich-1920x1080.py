# mmseg's night benchmark with an enhancer in front: PSPNet-R101, trained by day on Cityscapes, tested on Dark Zurich val, 50 images.
# The network alone, as mmseg publishes it: 78.34 mIoU on Cityscapes val, 10.16 here.
_base_ = './pspnet_r50-d8_4xb2-40k_cityscapes-512x1024_dark-zurich-1920x1080.py'
frozen_checkpoint = 'https://download.openmmlab.com/mmsegmentation/v0.5/pspnet/pspnet_r101-d8_512x1024_40k_cityscapes/pspnet_r101-d8_512x1024_40k_cityscapes_20200604_232751-467e7cf4.pth'
model = dict(pretrained='open-mmlab://resnet101_v1c', backbone=dict(depth=101))
