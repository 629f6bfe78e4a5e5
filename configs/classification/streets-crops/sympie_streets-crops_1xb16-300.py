# SyMPIE in front of the clear-weather classifier of street crops: trained under the paper's 23 corruptions, tested on other
# streets, clean and under ImageNet-C's 15 and the paper's 4 colour corruptions.
_base_ = [
    '../../_base_/models/resnet18-w32_cls.py',
    '../../_base_/datasets/crops-corrupted_64.py',
    '../../_base_/schedules/sympie_cls_small_300.py',
    '../../_base_/default_runtime_cls.py',
]
frozen_checkpoint = 'work_dirs/streets-crops/frozen/iter_300.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIEClsDataPreprocessor',
        enhancer=dict(type='SyMPIE', init='identity', thumbnail_resize=64, thumbnail_crop=64),
        two_step=dict(keep=0.9, weight=0.5),
    ),
    head=dict(num_classes=6),
)
here = dict(
    data_root='data/streets-crops',
    classes=['building', 'car', 'person', 'road', 'sky', 'vegetation'],
)
train_dataloader = dict(dataset=here)
val_dataloader = dict(dataset=here)
test_dataloader = dict(dataset=dict(severities=(1, 3, 5), dataset=here))
optim_wrapper = dict(optimizer=dict(lr=2e-4))
