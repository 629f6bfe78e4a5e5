# The start of the other label-free trainings: the pixel term alone, so that no network takes part. NEM learns to see a
# corruption and to undo it, at a fifth of the time that an image costs with a network. Streets and photographs, since a
# file that has seen streets alone learns their look. SINet only validates.
_base_ = ['../_base_/models/sinet.py', '../_base_/datasets/unlabelled_384x512.py',
          '../_base_/schedules/sympie_label_free.py', '../_base_/default_runtime.py']  # yapf: disable
frozen_checkpoint = 'data/networks/sinet_cityscapes.pth'
crop_size = (256, 320)
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        size=crop_size,
        enhancer=dict(type='SyMPIE', init='identity'),
        label_free=dict(weight=0, pixel_weight=1.0),
    ),
)
streets = dict(
    type='UnlabelledImages', data_root='data/CamVid/train', include=['0006R0_*', '0016E5_*'],
    classes_of='CityscapesDataset')  # yapf: disable
# Classes whose WordNet number ends in 7, 8 or 9 are never seen here: they are for tests.
photos = dict(
    type='UnlabelledImages', data_root='data/photos', exclude=['n*[789]'], classes_of='CityscapesDataset',
    split=dict(part='train', holdout=0.07, by='file'))  # yapf: disable
load = dict(type='LoadImageFromFile')
flip = dict(type='RandomFlip', prob=0.5)
pack = dict(type='PackSyMPIESegInputs')
street_crop = dict(type='RandomScaleCrop', scale_range=(0.75, 2.0), crop_size=crop_size)
photo_crop = dict(type='RandomScaleCrop', scale_range=(1.0, 1.4), crop_size=crop_size, relative_to='crop')
corruption = {{_base_.corruption}}
street_train = dict(streets, pipeline=[load, street_crop, flip, corruption, pack])
photo_train = dict(photos, pipeline=[load, photo_crop, flip, corruption, pack])
train_dataloader = dict(
    batch_size=8,
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        # About as many streets (305) as photographs (507) come up.
        datasets=[dict(type='RepeatDataset', dataset=street_train, times=2), photo_train],
    ),
)  # yapf: disable
val_dataloader = dict(dataset=dict(data_root='data/CamVid/train', include=['0006R0_*', '0016E5_*'], classes_of='CityscapesDataset'))
test_dataloader = val_dataloader
optim_wrapper = dict(optimizer=dict(lr=3e-4))
max_iters = 2500
train_cfg = dict(max_iters=max_iters, val_interval=500)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
