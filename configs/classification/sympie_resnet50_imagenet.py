# The paper's upstream training: SyMPIE in front of the frozen ResNet50 (torchvision's V2 weights) on ImageNet; 8 GPUs x
# 48 crops of 224, NEM's BatchNorm synchronised (by the runner), Adam 1e-3, cosine to 0, 50 000 iterations.
# Needs mmpretrain: pip install "sympie-seg[cls]". The weights: sympie-seg convert-model torchvision-to-mmpretrain resnet50.
#     bash tools/dist_train.sh configs/classification/sympie_resnet50_imagenet.py 8
_base_ = [
    'mmpretrain::_base_/models/resnet50.py',
    '../_base_/datasets/imagenet_224.py',
    '../_base_/schedules/sympie_cls_paper_50k.py',
    '../_base_/default_runtime_cls.py',
]
frozen_checkpoint = 'checkpoints/resnet50_torchvision-v2.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIEClsDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        to_rgb=True,
        enhancer=dict(type='SyMPIE', init='random'),
        two_step=dict(keep=0.9, weight=0.5),
    ),
    head=dict(topk=(1,), cal_acc=True),
)
