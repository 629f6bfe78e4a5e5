# A third of checkpoints/sympie_general.pth (docs/WEIGHTS.md): sympie_exposure-four-networks_1xb10-600.py continued, and targets of streets may
# be darker, down to 0.3 of the exposure for both networks (docs/label-free.md).
_base_ = './sympie_exposure-four-networks_1xb10-600.py'
model = dict(
    data_preprocessor=dict(
        enhancer=dict(path='work_dirs/sympie_exposure-four-networks_1xb10-600/enhancer_teacher.pth')))
sinet_part, cgnet_part, *photo_parts = _base_.train_dataloader.dataset.parts
nearest_exposure = dict(_base_.nearest_exposure, exposure=(0.3, 1.15))
train_dataloader = dict(
    dataset=dict(
        parts=[
            *(
                dict(part, dataset=dict(part.dataset, pipeline=[*steps, nearest_exposure, pack]))
                for part in (sinet_part, cgnet_part)
                for *steps, _, pack in [part.dataset.pipeline]
            ),
            *photo_parts,
        ]))  # yapf: disable
max_iters = 500
train_cfg = dict(max_iters=max_iters, val_interval=500)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
