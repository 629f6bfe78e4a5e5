# Part of checkpoints/sympie_cityscapes.pth (docs/WEIGHTS.md): one enhancer through SINet (Cityscapes) and CGNet (CamVid), no labels,
# on the mix of driving. Two networks of different make keep it from the look that one of them likes (docs/families.md).
_base_ = './sympie_four-networks_1xb6-500.py'
frozen_checkpoint = ['data/networks/sinet_cityscapes.pth', 'data/networks/cgnet_camvid.pth']
model = dict(
    data_preprocessor=dict(
        enhancer=dict(path='work_dirs/fourth-cityscapes.pth', norm_eval=True)),
    networks=[
        dict(name='sinet', model=_base_.sinet),
        dict(name='cgnet', model=_base_.cgnet),
    ],
)  # yapf: disable

corruption = dict(
    _base_.corruption, names=[*_base_.corruption.names, 'random_appearance'], weights=[*_base_.corruption.weights, 10.0])
# CGNet at sizes around the one that it was trained at.
cgnet_crop = dict(type='RandomScaleCrop', scale_range=(0.8, 1.4), crop_size=(360, 480))
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(
                dataset=dict(_base_.streets, pipeline=[_base_.load, _base_.street_crop, _base_.flip, corruption, _base_.pack_pixels]),
                count=3),
            dict(
                dataset=dict(_base_.streets, pipeline=[_base_.load, cgnet_crop, _base_.flip, corruption, _base_.pack_pixels]),
                count=3),
        ]))  # yapf: disable
val_dataloader = dict(dataset=dict(parts=_base_.val_dataloader.dataset.parts[:2]))
test_dataloader = val_dataloader
max_iters = 1000
train_cfg = dict(max_iters=max_iters, val_interval=500)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
