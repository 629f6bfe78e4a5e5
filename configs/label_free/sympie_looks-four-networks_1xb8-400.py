# checkpoints/sympie_general.pth continued as in sympie_four-networks_1xb8-1000.py, with looks of real photographs: a third of the images get the
# histograms of a photograph that is no test's before they are corrupted. Looks and generated weather gain, real dusk in front of SINet
# loses (docs/label-free.md), so the shipped file is not of it.
_base_ = ['./sympie_four-networks_1xb8-1000.py', '../_base_/datasets/looks_of_photographs.py']
corruption = dict(_base_.corruption, severities=(0, 0, 0, 1, 2, 3, 4, 5))
paper = dict(_base_.paper, severities=(0, 0, 1, 2, 3, 4, 5))
street_part = dict(_base_.streets, pipeline=[_base_.load, _base_.street_crop, _base_.flip, _base_.looks, corruption, _base_.pack_pixels])
cgnet_part = dict(_base_.streets, pipeline=[_base_.load, _base_.cgnet_crop, _base_.flip, _base_.looks, corruption, _base_.pack_pixels])
photo_part = dict(_base_.photo_train, pipeline=[_base_.load, _base_.photo_crop, _base_.flip, _base_.looks, paper, _base_.pack_image])
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(dataset=street_part, count=2),
            dict(dataset=cgnet_part, count=2),
            dict(dataset=photo_part, count=2),
            dict(dataset=photo_part, count=2),
        ]))  # yapf: disable
max_iters = 400
train_cfg = dict(max_iters=max_iters, val_interval=400)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
