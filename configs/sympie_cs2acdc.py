# SyMPIE in front of a frozen DeepLabV2-R50: trained on Cityscapes with corruptions, tested on Cityscapes val and on ACDC val by
# condition, scored at the original size as mmseg does. One GPU: 20 000 iterations of 8 crops.
_base_ = [
    './_base_/models/deeplabv2_r50-d8.py',
    './_base_/datasets/cityscapes2acdc_longer-1024.py',
    './_base_/schedules/sympie_1gpu_20k.py',
    './_base_/default_runtime.py',
]
# The published checkpoint, converted; or your own (then decode_head.summed_branches=4).
frozen_checkpoint = 'checkpoints/deeplabv2_r50_cityscapes.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        enhancer=dict(type='SyMPIE', init='identity'),
        two_step=dict(keep=0.9, weight=0.5),
    ),
    decode_head=dict(summed_branches=2),
)
