# Of no shipped file (docs/label-free.md, "What a Cityscapes network gains"): as sympie_students_1xb9-650.py, with more of SINet, the published
# network, and half of the draws are random_appearance: looks that no list of corruptions has.
_base_ = './sympie_students_1xb9-650.py'
counts = (4, 1, 1, 1, 1, 1)
more_appearance = dict(_base_.corruption, weights=[*_base_.corruption.weights[:-1], 35.0])  # random_appearance is the last
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(part, count=count, dataset=dict(part.dataset, pipeline=[load, crop, flip, more_appearance, pack]))
            for part, count in zip(_base_.train_dataloader.dataset.parts, counts, strict=True)
            for load, crop, flip, _, pack in [part.dataset.pipeline]
        ]))  # yapf: disable
max_iters = 240
train_cfg = dict(max_iters=max_iters, val_interval=240)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
