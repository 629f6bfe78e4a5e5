# Part of checkpoints/sympie_general.pth (docs/WEIGHTS.md names the file it started from): SINet and CGNet on streets, SqueezeNet
# and Lite0 on photographs, no labels. Streets get the mix of driving; a photograph gets one of the paper's 23 corruptions.
_base_ = './sympie_two-networks_1xb6-1000.py'
frozen_checkpoint = [
    'data/networks/sinet_cityscapes.pth',
    'data/networks/cgnet_camvid.pth',
    'data/networks/squeezenet1_0_imagenet.pth',
    None,  # the factory loads it
]
model = dict(
    data_preprocessor=dict(enhancer=dict(path='general')),
    networks=[
        dict(name='sinet', model=_base_.sinet),
        dict(name='cgnet', model=_base_.cgnet, weight=0.5),
        dict(name='squeezenet', model=_base_.squeezenet, weight=0.5),
        dict(name='lite0', model=_base_.lite0),
    ],
)  # yapf: disable

# The paper's corruptions are the first 22 of those that leave pixels where they are, and elastic_transform.
paper = dict(
    type='RandomCorruption', names=[*_base_.still[:22], 'elastic_transform'], count=(1, 1), severities=(0, 1, 2, 3, 4, 5),
    keep_clean=True)  # yapf: disable
photographs = dict(
    _base_.photo_train, pipeline=[_base_.load, _base_.photo_crop, _base_.flip, paper, _base_.pack_image])
streets_parts = _base_.train_dataloader.dataset.parts
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(streets_parts[0], count=1),
            dict(streets_parts[1], count=1),
            dict(dataset=photographs, count=3),
            dict(dataset=photographs, count=3),
        ]))  # yapf: disable
val_parts = [*_base_.val_dataloader.dataset.parts, dict(dataset=_base_.photo_val), dict(dataset=_base_.photo_val)]
val_dataloader = dict(dataset=dict(parts=val_parts))
test_dataloader = val_dataloader
default_hooks = dict(checkpoint=dict(interval=100))
