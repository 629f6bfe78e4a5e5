# Two thirds of checkpoints/sympie_general.pth (docs/WEIGHTS.md): the file of before continued through SINet and CGNet on streets, SqueezeNet and
# Lite0 on photographs, no labels. The divergence is bounded, so that pictures whose class is lost decide less. Lite0 sees four of nine
# images, clean photographs are twice as many, and dark and bright photographs that are clear stay so: classifiers differ in what they
# want, and only what is wrong for all of them shall change. Streets get more of random_appearance (docs/label-free.md).
_base_ = ['./sympie_four-networks_1xb8-300.py', '../_base_/datasets/least_change_of_exposure.py']
model = dict(data_preprocessor=dict(enhancer=dict(path='work_dirs/fourth-general.pth')))

sinet_part, cgnet_part, *photo_parts = _base_.train_dataloader.dataset.parts
load, crop, flip, paper, pack = photo_parts[0].dataset.pipeline
looks = dict(paper, names=[*paper.names, 'random_appearance'], weights=[1.0] * 23 + [6.0])
nearest_exposure = dict(_base_.nearest_exposure, exposure=(0.5, 1.3))
photographs = dict(
    photo_parts[0].dataset, pipeline=[load, crop, flip, _base_.exposure, looks, nearest_exposure, pack])  # yapf: disable
train_dataloader = dict(
    dataset=dict(
        parts=[
            *(
                dict(part, count=count, dataset=dict(part.dataset, pipeline=[load, crop, flip, dict(corruption, weights=[*corruption.weights[:-1], 35.0]), pack]))
                for part, count in ((sinet_part, 2), (cgnet_part, 1))
                for load, crop, flip, corruption, pack in [part.dataset.pipeline]
            ),
            dict(dataset=photographs, count=2),
            dict(dataset=photographs, count=4),
        ]))  # yapf: disable
max_iters = 900
train_cfg = dict(max_iters=max_iters, val_interval=900)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
