# checkpoints/sympie_general.pth continued as in sympie_four-networks_1xb8-1000.py, with looks of real photographs: a third of the images get the
# histograms of a photograph that is no test's before they are corrupted. Looks and generated weather gain, real dusk in front of SINet
# loses (docs/label-free.md), so the shipped file is not of it.
_base_ = ['./sympie_four-networks_1xb8-1000.py', '../_base_/datasets/looks_of_photographs.py']
# Of the streets of two networks, and of the photographs of two.
severities = [(0, 0, 0, 1, 2, 3, 4, 5)] * 2 + [(0, 0, 1, 2, 3, 4, 5)] * 2
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(part, count=2, dataset=dict(part.dataset, pipeline=[load, crop, flip, _base_.looks, dict(corruption, severities=own), pack]))
            for part, own in zip(_base_.train_dataloader.dataset.parts, severities, strict=True)
            for load, crop, flip, corruption, pack in [part.dataset.pipeline]
        ]))  # yapf: disable
max_iters = 400
train_cfg = dict(max_iters=max_iters, val_interval=400)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
