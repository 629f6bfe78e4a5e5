# Trains the network to be frozen. The backbone starts from ImageNet (downloaded by mmengine on the first run).
_base_ = [
    './_base_/models/deeplabv2_r50-d8.py',
    './_base_/datasets/cityscapes_1024x512.py',
    './_base_/schedules/deeplabv2_40k.py',
    './_base_/default_runtime.py',
]
runner_type = 'ResumableRunner'
model = dict(
    data_preprocessor=dict(size=(512, 512), size_divisor=None),
    backbone=dict(
        norm_eval=True,  # 2 images per GPU are too few for batch statistics
        init_cfg=dict(type='Pretrained', checkpoint='open-mmlab://detectron2/resnet50_caffe'),
    ),
)
