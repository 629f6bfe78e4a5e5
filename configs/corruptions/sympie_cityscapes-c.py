# Cityscapes-C: Cityscapes val, 500 images, under the 15 corruptions of ImageNet-C at severities 1 to 5, on the
# fly, at the network's input size. Prints the grid of mIoU by corruption and severity.
_base_ = ['../sympie_cs2acdc.py', '../_base_/datasets/imagenet-c_grid.py']
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='SeverityGridDataset',
        corruptions={{_base_.imagenet_c}},
        clean=True,
        dataset=dict(
            type='ConditionCityscapesDataset',
            data_root='data/cityscapes',
            data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
            pipeline=[
                dict(type='LoadImageFromFile'),
                dict(type='Resize', scale=(1024, 1024), keep_ratio=True, interpolation='area'),
                dict(type='LoadAnnotations'),
                dict(type='Corrupt', name='fog', seed=0),  # the grid sets name and severity
                dict(type='PackSyMPIESegInputs'),
            ],
        ),
    )
)
test_evaluator = dict(
    _delete_=True,
    type='ConditionIoUMetric',
    conditions={{_base_.imagenet_c_rows}},
    exclude_from_mean=('clean',),
    scoring='original size (mmseg)',
)
