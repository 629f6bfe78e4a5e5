# SyMPIE in front of the clear-weather network: trained on clear streets with corruptions (never on the four
# conditions), tested on clear streets and on fog, night, rain and snow.
_base_ = [
    '../_base_/models/deeplabv2_r18-d8-w32.py',
    '../_base_/datasets/streets-corrupted_256x128.py',
    '../_base_/schedules/sympie_400.py',
    '../_base_/default_runtime.py',
]
frozen_checkpoint = 'work_dirs/streets/frozen/iter_800.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        # The images are half as high as the paper's thumbnail: a thumbnail of their own size costs a quarter.
        enhancer=dict(type='SyMPIE', init='identity', thumbnail_resize=116, thumbnail_crop=112),
        two_step=dict(keep=0.9, weight=0.5),
    )
)
