# The frozen network behind SyMPIE on the 1525 unlabelled test images of Cityscapes: sympie-seg test writes labelIds for the test
# server, at 2048 x 1024 (docs/submission.md).
_base_ = './sympie_cs2acdc.py'
unlabelled_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale={{_base_.scale}}, keep_ratio=True, interpolation='area'),
    dict(type='PackSyMPIESegInputs'),
]
tta_pipeline = tta_model = None  # its pipeline loads labels
cityscapes_test = dict(
    type='ConditionCityscapesDataset',
    condition='clean',
    data_root={{_base_.cityscapes_root}},
    data_prefix=dict(img_path='leftImg8bit/test'),
    pipeline=unlabelled_pipeline,
)
test_dataloader = dict(dataset=dict(_delete_=True, type='ConcatDataset', datasets=[cityscapes_test]))
test_evaluator = dict(
    _delete_=True, type='SubmissionWriter', server='cityscapes', format_only=True, output_dir='work_dirs/submission/cityscapes'
)
