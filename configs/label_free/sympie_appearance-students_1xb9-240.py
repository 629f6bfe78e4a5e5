_base_ = './sympie_students_1xb9-650.py'
counts = (4, 1, 1, 1, 1, 1)
weights = [1.0] * 23 + [2.0] * 7 + [35.0]
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(part, count=count, dataset=dict(part.dataset, pipeline=[load, crop, flip, dict(corruption, weights=[35.0 if n == 'random_appearance' else w for n, w in zip(corruption.names, corruption.weights)]), pack]))
            for part, count in zip(_base_.train_dataloader.dataset.parts, counts, strict=True)
            for load, crop, flip, corruption, pack in [part.dataset.pipeline]
        ]))  # yapf: disable
max_iters = 240
train_cfg = dict(max_iters=max_iters, val_interval=240)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
