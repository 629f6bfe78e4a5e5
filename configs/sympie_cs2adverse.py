# sympie_cs2acdc, tested in one run on Cityscapes val, the four conditions of ACDC val ("all" are these four) and Dark Zurich val.
_base_ = './sympie_cs2acdc.py'
dark_zurich_root = 'data/dark_zurich'
cityscapes_test = {{_base_.cityscapes_test}}
acdc_root = {{_base_.acdc_root}}
test_pipeline = {{_base_.test_pipeline}}
acdc_fog = dict(type='ACDCDataset', condition='fog', data_root=acdc_root, pipeline=test_pipeline)
acdc_night = dict(type='ACDCDataset', condition='night', data_root=acdc_root, pipeline=test_pipeline)
acdc_rain = dict(type='ACDCDataset', condition='rain', data_root=acdc_root, pipeline=test_pipeline)
acdc_snow = dict(type='ACDCDataset', condition='snow', data_root=acdc_root, pipeline=test_pipeline)
dark_zurich_test = dict(
    type='SyMPIEDarkZurichDataset',
    condition='dark_zurich_val',
    data_root=dark_zurich_root,
    data_prefix=dict(img_path='rgb_anon/val/night', seg_map_path='gt/val/night'),
    pipeline=test_pipeline,
)
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[cityscapes_test, acdc_fog, acdc_night, acdc_rain, acdc_snow, dark_zurich_test],
    )
)
test_evaluator = dict(
    conditions=('clean', 'fog', 'night', 'rain', 'snow', 'dark_zurich_val'),
    exclude_from_mean=('clean', 'dark_zurich_val'),
)
