# A published Cityscapes network on generated streets in fog, night, rain and snow, which no shipped enhancer has met:
# sympie-seg generate-streets data/streets-512 --size 512 256 --train 1 --val 30 --adverse 30
_base_ = [
    '../_base_/models/sinet.py',
    '../_base_/datasets/streets_256x128.py',
    '../_base_/schedules/sympie_test.py',
    '../_base_/default_runtime.py',
]
data_root = 'data/streets-512'
enhancer = 'checkpoints/sympie_cityscapes.pth'
model = dict(data_preprocessor=dict(type='SyMPIESegDataPreProcessor', enhancer=enhancer))
train_dataloader = None
val_dataloader = None
val_evaluator = None
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(
                type='ConditionCityscapesDataset',
                condition='clean',
                data_root=data_root + '/cityscapes',
                data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
                pipeline=_base_.test_pipeline,
            ),
            *[
                dict(type='ACDCDataset', condition=name, data_root=data_root + '/acdc', pipeline=_base_.test_pipeline)
                for name in ('fog', 'night', 'rain', 'snow')
            ],
        ],
    ))  # yapf: disable
