# The eighth sympie_cityscapes.pth was half of this and half of the seventh, which it started from (docs/WEIGHTS.md): as
# sympie_students_1xb9-650.py, and the clean images take the exposure nearest to the image's that networks accept.
_base_ = ['./sympie_students_1xb9-650.py', '../_base_/datasets/least_change_of_exposure.py']
severities = (0, 0, 0, 1, 2, 3, 4, 5)
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(part, dataset=dict(part.dataset, pipeline=[load, crop, flip, _base_.exposure, dict(corruption, severities=severities), _base_.nearest_exposure, pack]))
            for part in _base_.train_dataloader.dataset.parts
            for load, crop, flip, corruption, pack in [part.dataset.pipeline]
        ]))  # yapf: disable
max_iters = 220
train_cfg = dict(max_iters=max_iters, val_interval=220)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
