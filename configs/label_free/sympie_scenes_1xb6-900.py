# Half of the sixth checkpoints/sympie_cityscapes.pth (docs/WEIGHTS.md names the file it started from): SINet and CGNet as before, on
# streets and on photographs. An enhancer that has met the streets of one camera alone takes other scenes for corrupted ones.
_base_ = './sympie_two-networks_1xb6-1000.py'
frozen_checkpoint = ['data/networks/sinet_cityscapes.pth', 'data/networks/cgnet_camvid.pth'] * 2
model = dict(
    data_preprocessor=dict(enhancer=dict(path='cityscapes')),
    networks=[
        dict(name='sinet', model=_base_.sinet),
        dict(name='cgnet', model=_base_.cgnet),
        dict(name='sinet-photos', model=_base_.sinet, weight=0.5),
        dict(name='cgnet-photos', model=_base_.cgnet, weight=0.5),
    ],
)  # yapf: disable

# Photographs enlarged to about the size of objects in a street; both sides are SINet's multiples of 128.
scene_crop = dict(type='RandomScaleCrop', scale_range=(1.0, 1.6), crop_size=(256, 384), relative_to='crop')
scenes = dict(
    _base_.photo_train, pipeline=[_base_.load, scene_crop, _base_.flip, _base_.corruption, _base_.pack_pixels])
scenes_val = dict(
    _base_.photo_val, limit=16,
    pipeline=[_base_.load, dict(scene_crop, seed=0), _base_.fixed_corruption, _base_.pack_pixels])  # yapf: disable
streets_parts = _base_.train_dataloader.dataset.parts
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(streets_parts[0], count=2),
            dict(streets_parts[1], count=2),
            dict(dataset=scenes, count=1),
            dict(dataset=scenes, count=1),
        ]))  # yapf: disable
val_parts = [*_base_.val_dataloader.dataset.parts, dict(dataset=scenes_val), dict(dataset=scenes_val)]
val_dataloader = dict(dataset=dict(parts=val_parts))
test_dataloader = val_dataloader
max_iters = 900
train_cfg = dict(max_iters=max_iters, val_interval=300)
default_hooks = dict(checkpoint=dict(interval=100))
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
