# The second training on scenes (docs/WEIGHTS.md): twice as many photographs as frames of streets, and more of them clean.
_base_ = './sympie_scenes_1xb6-900.py'
mostly_clean = dict(_base_.corruption, severities=(0, 0, 0, 0, 1, 2, 3, 4, 5))
more_scenes = dict(
    _base_.scenes, pipeline=[_base_.load, _base_.scene_crop, _base_.flip, mostly_clean, _base_.pack_pixels])
parts = _base_.train_dataloader.dataset.parts
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(parts[0], count=1),
            dict(parts[1], count=1),
            dict(dataset=more_scenes, count=2),
            dict(dataset=more_scenes, count=2),
        ]))  # yapf: disable
optim_wrapper = dict(optimizer=dict(lr=8e-5))
max_iters = 600
train_cfg = dict(max_iters=max_iters, val_interval=600)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
