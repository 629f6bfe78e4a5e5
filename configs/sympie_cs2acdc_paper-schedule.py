# sympie_cs2acdc with the paper's batch, crop, learning rate and 50 000 iterations (8 GPUs x 48 crops of 224 x 224).
_base_ = [
    './_base_/models/deeplabv2_r50-d8.py',
    './_base_/datasets/cityscapes2acdc_longer-1024.py',
    './_base_/schedules/sympie_paper_50k.py',
    './_base_/default_runtime.py',
]
frozen_checkpoint = 'checkpoints/deeplabv2_r50_cityscapes.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        enhancer=dict(type='SyMPIE', init='random'),
        two_step=dict(keep=0.9, weight=0.5),
    ),
    decode_head=dict(summed_branches=2),
)
train_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', scale=(1024, 1024), keep_ratio=True, interpolation='area'),
    dict(type='RandomCrop', crop_size=(224, 224), cat_max_ratio=0.75),
    dict(type='RandomFlip', prob=0.5),
    dict(type='RandomCorruption', keep_clean=True),
    dict(type='PackSyMPIESegInputs'),
]
train_dataloader = dict(batch_size=48, num_workers=8, dataset=dict(pipeline=train_pipeline))
