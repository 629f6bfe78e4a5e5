# checkpoints/sympie_cityscapes.pth, the eighth of its name, is half of this and half of the seventh, which it started from (docs/WEIGHTS.md): as
# sympie_students_1xb9-650.py, and the clean images take the exposure nearest to the image's that networks accept.
_base_ = ['./sympie_students_1xb9-650.py', '../_base_/datasets/least_change_of_exposure.py']
corruption = dict(_base_.corruption, severities=(0, 0, 0, 1, 2, 3, 4, 5))
changes = [_base_.exposure, corruption, _base_.nearest_exposure]
street_part = dict(_base_.streets, pipeline=[_base_.load, _base_.street_crop, _base_.flip, *changes, _base_.pack_pixels])
cgnet_part = dict(_base_.streets, pipeline=[_base_.load, _base_.cgnet_crop, _base_.flip, *changes, _base_.pack_pixels])
student_part = dict(_base_.streets, pipeline=[_base_.load, _base_.student_crop, _base_.flip, *changes, _base_.pack_pixels])
scene_part = dict(_base_.photo_train, pipeline=[_base_.load, _base_.scene_crop, _base_.flip, *changes, _base_.pack_pixels])
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(dataset=street_part, count=2),
            dict(dataset=cgnet_part, count=2),
            dict(dataset=student_part, count=2),
            dict(dataset=student_part, count=1),
            dict(dataset=scene_part, count=1),
            dict(dataset=scene_part, count=1),
        ]))  # yapf: disable
max_iters = 220
train_cfg = dict(max_iters=max_iters, val_interval=220)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
