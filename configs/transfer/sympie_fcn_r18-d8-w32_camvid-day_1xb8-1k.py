# SyMPIE in front of the daytime FCN-R18 on CamVid: a short schedule; sympie-seg transfer tests every enhancer in front of it.
_base_ = [
    '../_base_/models/fcn_r18-d8-w32.py',
    '../_base_/datasets/camvid-day-corrupted_240x180.py',
    '../_base_/schedules/sympie_small_1k.py',
    '../_base_/default_runtime.py',
]
frozen_checkpoint = 'work_dirs/transfer/fcn_r18-d8-w32_camvid/iter_800.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        size_divisor=1,
        enhancer=dict(type='SyMPIE', init='identity'),
        two_step=dict(keep=0.9, weight=0.5),
    ),
    decode_head=dict(num_classes=11),
)
