# SyMPIE in front of the clear-weather FCN-R18 on generated streets; sympie-seg transfer tests every enhancer in front of it.
_base_ = [
    '../_base_/models/fcn_r18-d8-w32.py',
    '../_base_/datasets/streets-corrupted_256x128.py',
    '../_base_/schedules/sympie_400.py',
    '../_base_/default_runtime.py',
]
frozen_checkpoint = 'work_dirs/transfer/fcn_r18-d8-w32_streets/iter_800.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        size_divisor=1,
        enhancer=dict(type='SyMPIE', init='identity', thumbnail_resize=116, thumbnail_crop=112),
        two_step=dict(keep=0.9, weight=0.5),
    )
)
