# A third of checkpoints/sympie_general.pth (docs/WEIGHTS.md): as sympie_four-networks_1xb9-900.py, from the fifth file of that name. What the networks
# say decides on photographs, pixels count a fifth there: undoing noise by a blur brings pixels closer to the clean photograph and
# takes from Lite0 what it needs. SINet and Lite0 see eight of ten images (docs/label-free.md).
_base_ = './sympie_four-networks_1xb9-900.py'
model = dict(
    data_preprocessor=dict(enhancer=dict(path='work_dirs/fifth-general.pth')),
    networks=[
        dict(name='sinet', model=_base_.sinet),
        dict(name='cgnet', model=_base_.cgnet, weight=0.5),
        dict(name='squeezenet', model=_base_.squeezenet, weight=0.5, pixel_weight=0.2),
        dict(name='lite0', model=_base_.lite0, pixel_weight=0.2),
    ],
)  # yapf: disable
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(part, count=count)
            for part, count in zip(_base_.train_dataloader.dataset.parts, (3, 1, 1, 5), strict=True)
        ]))  # yapf: disable
max_iters = 600
train_cfg = dict(max_iters=max_iters, val_interval=600)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
