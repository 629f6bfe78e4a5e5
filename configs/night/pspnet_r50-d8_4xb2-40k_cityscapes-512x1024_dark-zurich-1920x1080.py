# mmseg's night benchmark with an enhancer in front: PSPNet-R50, trained by day on Cityscapes, tested on Dark Zurich val, 50 images.
# The network alone, as mmseg publishes it: 77.85 mIoU on Cityscapes val, 10.91 here.
_base_ = 'mmseg::pspnet/pspnet_r50-d8_4xb2-40k_cityscapes-512x1024_dark-zurich-1920x1080.py'
custom_imports = dict(imports=['sympie_seg'], allow_failed_imports=False)
frozen_checkpoint = 'https://download.openmmlab.com/mmsegmentation/v0.5/pspnet/pspnet_r50-d8_512x1024_40k_cityscapes/pspnet_r50-d8_512x1024_40k_cityscapes_20200605_003338-2966598c.pth'
enhancer = 'cityscapes'
model = dict(data_preprocessor=dict(type='SyMPIESegDataPreProcessor', enhancer=enhancer))
test_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale=(1920, 1080), keep_ratio=True),
    dict(type='LoadAnnotations'),
    dict(type='PackSyMPIESegInputs'),
]
condition = 'dark_zurich_val'
test_dataloader = dict(
    dataset=dict(type='SyMPIEDarkZurichDataset', split='val', condition=condition, pipeline=test_pipeline)
)
test_evaluator = dict(
    _delete_=True,
    type='ConditionIoUMetric',
    conditions=(condition,),
    scoring='original size (mmseg)',
)
