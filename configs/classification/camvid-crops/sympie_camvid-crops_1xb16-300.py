# SyMPIE in front of the daytime classifier of CamVid crops: trained on daytime crops under the paper's 23 corruptions,
# tested on Seq05VD, clean and under ImageNet-C's 15 and the paper's 4 colour corruptions, and on the dusk of 0001TP.
_base_ = [
    '../../_base_/models/resnet18-w32_cls.py',
    '../../_base_/datasets/crops-corrupted_64.py',
    '../../_base_/schedules/sympie_cls_small_300.py',
    '../../_base_/default_runtime_cls.py',
]
frozen_checkpoint = 'work_dirs/camvid-crops/frozen/iter_1000.pth'
model = dict(
    data_preprocessor=dict(
        type='SyMPIEClsDataPreprocessor',
        # A thumbnail of the crops' own size; the file plugs in anywhere, as any enhancer file.
        enhancer=dict(type='SyMPIE', init='identity', thumbnail_resize=64, thumbnail_crop=64),
        two_step=dict(keep=0.9, weight=0.5),
    ),
    head=dict(num_classes=7),
)
dusk = dict(
    type={{_base_.dataset_type}},
    condition='dusk',
    data_root={{_base_.data_root}},
    data_prefix='dusk',
    classes={{_base_.classes}},
    pipeline=[
        dict(type='LoadImageFromFile'),
        dict(type='PackSyMPIEInputs'),
    ],
)
test_dataloader = dict(
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[{{_base_.grid}}, dusk])
)
test_evaluator = dict(exclude_from_mean=('clean', 'dusk'))
