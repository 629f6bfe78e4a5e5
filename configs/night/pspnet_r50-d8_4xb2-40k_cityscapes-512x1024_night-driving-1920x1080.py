# mmseg's night benchmark with an enhancer in front: PSPNet-R50, trained by day on Cityscapes, tested on Nighttime Driving.
# The network alone, as mmseg publishes it: 77.85 mIoU on Cityscapes val, 23.02 here.
_base_ = './pspnet_r50-d8_4xb2-40k_cityscapes-512x1024_dark-zurich-1920x1080.py'
condition = 'nighttime_driving'
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='SyMPIENightDrivingDataset',
        condition=condition,
        data_root='data/NighttimeDrivingTest/',
        data_prefix=dict(
            img_path='leftImg8bit/test/night',
            seg_map_path='gtCoarse_daytime_trainvaltest/test/night',
        ),
        pipeline={{_base_.test_pipeline}},
    )
)
test_evaluator = dict(conditions=(condition,))
