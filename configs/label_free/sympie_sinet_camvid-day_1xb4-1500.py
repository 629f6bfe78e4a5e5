# checkpoints/sympie_cityscapes.pth: trained without labels through SINet, a published Cityscapes network, on the daytime
# frames of CamVid (sequences 0006R0 and 0016E5).
_base_ = [
    '../_base_/models/sinet.py',
    '../_base_/datasets/unlabelled_384x512.py',
    '../_base_/schedules/sympie_label_free.py',
    '../_base_/default_runtime.py',
]
data_root = 'data/CamVid/train'
day = ['0006R0_*', '0016E5_*']
# The published file (docs/sinet.md), or a file with the same weights.
frozen_checkpoint = 'data/networks/sinet_cityscapes.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        size=(384, 512),
        enhancer=dict(type='SyMPIE', init='identity'),
        two_step=dict(keep=0.9, weight=0.5),
        label_free=dict(temperature=1.0, pixel_weight=1.0),
    ),
)
train_dataloader = dict(dataset=dict(data_root=data_root, include=day, classes_of='CityscapesDataset'))
# Other corruption draws of the frames that train: no frame that a result is measured on chooses anything.
val_dataloader = dict(dataset=dict(data_root=data_root, include=day, classes_of='CityscapesDataset'))
test_dataloader = val_dataloader
max_iters = 1500
train_cfg = dict(max_iters=max_iters, val_interval=250)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
