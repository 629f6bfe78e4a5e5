# SyMPIE in front of the daytime CamVid network: trained on daytime frames with corruptions, tested on all dusk frames, on
# clean unseen daytime frames, and on those under 13 corruptions.
_base_ = [
    '../_base_/models/deeplabv2_r18-d8-w32.py',
    '../_base_/datasets/camvid-day-corrupted_240x180.py',
    '../_base_/schedules/sympie_small_4k.py',
    '../_base_/default_runtime.py',
]
frozen_checkpoint = 'checkpoints/deeplabv2_r18_camvid-day.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIESegDataPreProcessor',
        enhancer=dict(type='SyMPIE', init='identity'),
        two_step=dict(keep=0.9, weight=0.5),
    ),
    decode_head=dict(num_classes=11),
)
