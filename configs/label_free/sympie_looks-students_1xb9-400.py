# checkpoints/sympie_cityscapes.pth continued as in sympie_students_1xb9-650.py, with looks of real photographs: a third of the images get the
# histograms of a photograph that is no test's before they are corrupted. Looks and generated weather gain, real dusk in front of SINet
# loses (docs/label-free.md), so the shipped file is not of it.
_base_ = ['./sympie_students_1xb9-650.py', '../_base_/datasets/looks_of_photographs.py']
severities = (0, 0, 0, 1, 2, 3, 4, 5)
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(part, dataset=dict(part.dataset, pipeline=[load, crop, flip, _base_.looks, dict(corruption, severities=severities), pack]))
            for part in _base_.train_dataloader.dataset.parts
            for load, crop, flip, corruption, pack in [part.dataset.pipeline]
        ]))  # yapf: disable
max_iters = 400
train_cfg = dict(max_iters=max_iters, val_interval=400)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
