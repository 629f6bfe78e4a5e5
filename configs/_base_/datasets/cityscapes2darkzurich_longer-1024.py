# As cityscapes2acdc_longer-1024, tested on Cityscapes val and on the 50 labelled night images of Dark Zurich val.
_base_ = './cityscapes2acdc_longer-1024.py'
dark_zurich_root = 'data/dark_zurich'
dark_zurich_test = dict(
    type='SyMPIEDarkZurichDataset',
    condition='dark_zurich_val',
    data_root=dark_zurich_root,
    # val_ref holds daytime references whose names end alike: never point above val/night.
    data_prefix=dict(img_path='rgb_anon/val/night', seg_map_path='gt/val/night'),
    pipeline={{_base_.test_pipeline}},
)
test_dataloader = dict(
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[{{_base_.cityscapes_test}}, dark_zurich_test])
)
test_evaluator = dict(conditions=('clean', 'dark_zurich_val'))
