# sympie_cs2acdc, scored as in the paper: longer side 1024, label resized too, logits of image and mirror image summed.
_base_ = './sympie_cs2acdc.py'
model = dict(test_cfg=dict(mode='whole', mirror=True))
tta_pipeline = tta_model = None  # it mirrors already
paper_pipeline = [
    dict(type='LoadImageFromFile'),
    dict(type='LoadAnnotations'),
    dict(type='Resize', scale={{_base_.scale}}, keep_ratio=True, interpolation='area'),
    dict(type='ScoreAtThisSize'),
    dict(type='PackSyMPIESegInputs'),
]
test_evaluator = dict(scoring='longer side 1024, mirrored (paper)')
cityscapes_test = dict(
    type='ConditionCityscapesDataset',
    condition='clean',
    data_root={{_base_.cityscapes_root}},
    data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
    pipeline=paper_pipeline,
)
acdc_root = {{_base_.acdc_root}}
acdc_fog = dict(type='ACDCDataset', condition='fog', data_root=acdc_root, pipeline=paper_pipeline)
acdc_night = dict(type='ACDCDataset', condition='night', data_root=acdc_root, pipeline=paper_pipeline)
acdc_rain = dict(type='ACDCDataset', condition='rain', data_root=acdc_root, pipeline=paper_pipeline)
acdc_snow = dict(type='ACDCDataset', condition='snow', data_root=acdc_root, pipeline=paper_pipeline)
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[cityscapes_test, acdc_fog, acdc_night, acdc_rain, acdc_snow],
    )
)
