# sympie_cs2darkzurich on the 151 unlabelled test images of Dark Zurich: sympie-seg test writes labelTrainIds/, labelTrainIds_invalid/
# and confidence/ for the test server, at 1920 x 1080 (docs/submission.md).
_base_ = './sympie_cs2darkzurich.py'
unlabelled_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale={{_base_.scale}}, keep_ratio=True, interpolation='area'),
    dict(type='PackSyMPIESegInputs'),
]
tta_pipeline = tta_model = None  # its pipeline loads labels
dark_zurich_test = dict(
    type='SyMPIEDarkZurichDataset',
    split='test',
    condition='dark_zurich_test',
    data_root={{_base_.dark_zurich_root}},
    pipeline=unlabelled_pipeline,
)
test_dataloader = dict(dataset=dict(_delete_=True, type='ConcatDataset', datasets=[dark_zurich_test]))
test_evaluator = dict(
    _delete_=True,
    type='SubmissionWriter',
    server='dark_zurich',
    format_only=True,
    output_dir='work_dirs/submission/dark_zurich',
    invalid_below=0.0,  # probability below which a pixel is declared invalid (UIoU); 0: none
)
