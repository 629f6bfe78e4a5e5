# checkpoints/sympie_general.pth continued as in sympie_four-networks_1xb8-1000.py, and the clean images take the exposure nearest to the
# image's that networks accept. It makes this file too timid in weather that it has not met (docs/label-free.md), so no shipped file is of it.
_base_ = ['./sympie_four-networks_1xb8-1000.py', '../_base_/datasets/least_change_of_exposure.py']
# Of the streets of two networks, and of the photographs of two.
severities = [(0, 0, 0, 1, 2, 3, 4, 5)] * 2 + [(0, 0, 1, 2, 3, 4, 5)] * 2
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(part, count=2, dataset=dict(part.dataset, pipeline=[load, crop, flip, _base_.exposure, dict(corruption, severities=own), _base_.nearest_exposure, pack]))
            for part, own in zip(_base_.train_dataloader.dataset.parts, severities, strict=True)
            for load, crop, flip, corruption, pack in [part.dataset.pipeline]
        ]))  # yapf: disable
max_iters = 220
train_cfg = dict(max_iters=max_iters, val_interval=220)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
