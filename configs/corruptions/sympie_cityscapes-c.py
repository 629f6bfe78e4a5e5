# Cityscapes-C: Cityscapes val, 500 images, under the 15 corruptions of ImageNet-C at severities 1 to 5, on the
# fly, at the network's input size. Prints the grid of mIoU by corruption and severity.
_base_ = '../sympie_cs2acdc.py'
data_root = 'data/cityscapes'
corruptions = [
    'gaussian_noise', 'shot_noise', 'impulse_noise', 'defocus_blur', 'glass_blur', 'motion_blur', 'zoom_blur', 'snow',
    'frost', 'fog', 'brightness', 'contrast', 'elastic_transform', 'pixelate', 'jpeg_compression',
]
severities = (1, 2, 3, 4, 5)
meta_keys = (
    'img_path', 'seg_map_path', 'ori_shape', 'img_shape', 'pad_shape', 'scale_factor', 'flip',
    'flip_direction', 'reduce_zero_label', 'condition', 'corruption', 'severity', 'clean_img', 'clean_map',
)
test_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='ConcatDataset',
        datasets=[
            dict(
                type='ConditionCityscapesDataset',
                condition=name + '-' + str(severity) if severity else 'clean',
                data_root=data_root,
                data_prefix=dict(img_path='leftImg8bit/val', seg_map_path='gtFine/val'),
                pipeline=[
                    dict(type='LoadImageFromFile'),
                    dict(type='Resize', scale=(1024, 1024), keep_ratio=True, interpolation='area'),
                    dict(type='LoadAnnotations'),
                    dict(type='Corrupt', name=name, severity=severity, seed=0),
                    dict(type='PackSegInputs', meta_keys=meta_keys),
                ],
            )
            for name, severity in [('fog', 0), *[(n, s) for n in corruptions for s in severities]]
        ],
    )
)
test_evaluator = dict(
    _delete_=True,
    type='ConditionIoUMetric',
    conditions=('clean', *[n + '-' + str(s) for n in corruptions for s in severities]),
    exclude_from_mean=('clean',),
    scoring='original size (mmseg)',
)
