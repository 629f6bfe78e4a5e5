# sympie_cs2acdc on the 2000 unlabelled test images of ACDC: sympie-seg test writes labelTrainIds/ for the test server, at
# 1920 x 1080 (docs/submission.md).
_base_ = './sympie_cs2acdc.py'
unlabelled_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='Resize', scale={{_base_.scale}}, keep_ratio=True, interpolation='area'),
    dict(type='PackSyMPIESegInputs'),
]
tta_pipeline = tta_model = None  # its pipeline loads labels
acdc_root = {{_base_.acdc_root}}
acdc_fog = dict(type='ACDCDataset', condition='fog', split='test', data_root=acdc_root, pipeline=unlabelled_pipeline)
acdc_night = dict(type='ACDCDataset', condition='night', split='test', data_root=acdc_root, pipeline=unlabelled_pipeline)
acdc_rain = dict(type='ACDCDataset', condition='rain', split='test', data_root=acdc_root, pipeline=unlabelled_pipeline)
acdc_snow = dict(type='ACDCDataset', condition='snow', split='test', data_root=acdc_root, pipeline=unlabelled_pipeline)
test_dataloader = dict(
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[acdc_fog, acdc_night, acdc_rain, acdc_snow])
)
test_evaluator = dict(
    _delete_=True, type='SubmissionWriter', server='acdc', format_only=True, output_dir='work_dirs/submission/acdc'
)
