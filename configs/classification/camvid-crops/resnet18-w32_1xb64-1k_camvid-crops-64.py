# The classifier that SyMPIE is trained in front of on crops of CamVid: it has seen clean daylight only.
_base_ = [
    '../../_base_/models/resnet18-w32_cls.py',
    '../../_base_/datasets/camvid-crops_64.py',
    '../../_base_/schedules/small_classifier.py',
    '../../_base_/default_runtime_cls.py',
]
model = dict(head=dict(num_classes=7))
