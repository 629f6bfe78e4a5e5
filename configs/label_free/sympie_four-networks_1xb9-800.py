# A third of checkpoints/sympie_general.pth (docs/WEIGHTS.md): as sympie_four-networks_1xb9-900.py, from a file that filters less
# (tools/misc/scale_filtering.py), which Lite0 likes better. Pixels count half as much beside what the networks say, photographs keep
# the exposures that they have, and SINet and Lite0 see seven of nine images.
_base_ = './sympie_four-networks_1xb9-900.py'
model = dict(
    data_preprocessor=dict(
        enhancer=dict(path='work_dirs/fourth-general-filters-less.pth'), label_free=dict(pixel_weight=0.5)))

sinet_part, cgnet_part, *photo_parts = _base_.train_dataloader.dataset.parts
load, crop, flip, _, looks, _, pack = photo_parts[0].dataset.pipeline
photographs = dict(photo_parts[0].dataset, pipeline=[load, crop, flip, looks, pack])
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(sinet_part, count=3),
            cgnet_part,
            dict(dataset=photographs, count=1),
            dict(dataset=photographs, count=4),
        ]))  # yapf: disable
max_iters = 800
train_cfg = dict(max_iters=max_iters, val_interval=800)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
