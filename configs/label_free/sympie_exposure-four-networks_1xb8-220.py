# checkpoints/sympie_general.pth continued as in sympie_four-networks_1xb8-1000.py, and the clean images take the exposure nearest to the
# image's that networks accept. It makes this file too timid in weather that it has not met (docs/label-free.md), so no shipped file is of it.
_base_ = ['./sympie_four-networks_1xb8-1000.py', '../_base_/datasets/least_change_of_exposure.py']
corruption = dict(_base_.corruption, severities=(0, 0, 0, 1, 2, 3, 4, 5))
paper = dict(_base_.paper, severities=(0, 0, 1, 2, 3, 4, 5))
changes = [_base_.exposure, corruption, _base_.nearest_exposure]
photo_changes = [_base_.exposure, paper, _base_.nearest_exposure]
street_part = dict(_base_.streets, pipeline=[_base_.load, _base_.street_crop, _base_.flip, *changes, _base_.pack_pixels])
cgnet_part = dict(_base_.streets, pipeline=[_base_.load, _base_.cgnet_crop, _base_.flip, *changes, _base_.pack_pixels])
photo_part = dict(_base_.photo_train, pipeline=[_base_.load, _base_.photo_crop, _base_.flip, *photo_changes, _base_.pack_image])
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(dataset=street_part, count=2),
            dict(dataset=cgnet_part, count=2),
            dict(dataset=photo_part, count=2),
            dict(dataset=photo_part, count=2),
        ]))  # yapf: disable
max_iters = 220
train_cfg = dict(max_iters=max_iters, val_interval=220)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
