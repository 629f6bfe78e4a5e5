# As sympie_cs2acdc, tested on Cityscapes val and Dark Zurich val.
_base_ = [
    './_base_/models/deeplabv2_r50-d8.py',
    './_base_/datasets/cityscapes2darkzurich_longer-1024.py',
    './_base_/schedules/sympie_1gpu_20k.py',
    './_base_/default_runtime.py',
]
frozen_checkpoint = 'checkpoints/deeplabv2_r50_cityscapes.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        enhancer=dict(type='SyMPIE', init='identity'),
        two_step=dict(keep=0.9, weight=0.5),
    ),
    decode_head=dict(summed_branches=2),
)
