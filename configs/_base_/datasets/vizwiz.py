# VizWiz-Classification: its labels are on a server; the test writes the submission.
_base_ = './imagenet-c.py'
test_pipeline = {{_base_.test_pipeline}}
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='VizWizClassificationDataset',
        data_root='data/vizwiz',
        pipeline=test_pipeline,
    )
)
test_evaluator = dict(_delete_=True, type='VizWizSubmission', output_dir='work_dirs/vizwiz')
