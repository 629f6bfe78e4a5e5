# The classifier that SyMPIE is trained in front of on crops of generated streets: it has seen clear weather only.
_base_ = [
    '../../_base_/models/resnet18-w32_cls.py',
    '../../_base_/datasets/streets-crops_64.py',
    '../../_base_/schedules/small_classifier.py',
    '../../_base_/default_runtime_cls.py',
]
model = dict(head=dict(num_classes=6))
max_iters = 300
train_cfg = dict(max_iters=max_iters, val_interval=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, by_epoch=False, begin=0, end=50),
    dict(type='CosineAnnealingLR', eta_min=0, by_epoch=False, begin=50, end=max_iters),
]
default_hooks = dict(checkpoint=dict(interval=100))
