# checkpoints/sympie_general.pth continued as in sympie_four-networks_1xb8-1000.py, with a bounded divergence, so that pictures whose
# class is lost decide less, and with more of Lite0 and of clean photographs. It harms clean photographs less and streets in bad
# weather gain less (docs/label-free.md), so the shipped file is not of it. For photographs alone it is a good start.
_base_ = './sympie_four-networks_1xb8-1000.py'
model = dict(data_preprocessor=dict(label_free=dict(skew=0.1)))

photographs = dict(
    _base_.photo_train,
    pipeline=[
        _base_.load, _base_.photo_crop, _base_.flip,
        dict(_base_.paper, severities=(0, 0, 1, 2, 3, 4, 5)), _base_.pack_image])  # yapf: disable
train_dataloader = dict(
    dataset=dict(
        parts=[
            *_base_.train_dataloader.dataset.parts[:2],
            dict(dataset=photographs, count=2),
            dict(dataset=photographs, count=4),
        ]))  # yapf: disable
max_iters = 300
train_cfg = dict(max_iters=max_iters, val_interval=300)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
