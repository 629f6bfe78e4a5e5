# A third of checkpoints/sympie_general.pth (docs/WEIGHTS.md): as sympie_four-networks_1xb10-600.py, from the sixth file of that name. Streets get
# exposures as photographs do: SINet's targets may stay as dark as Cityscapes' pictures are, CGNet's no darker than it accepts. SINet and
# CGNet see two of ten images each (docs/label-free.md).
_base_ = './sympie_four-networks_1xb10-600.py'
model = dict(data_preprocessor=dict(enhancer=dict(path='work_dirs/sixth-general.pth')))
sinet_part, cgnet_part, *photo_parts = _base_.train_dataloader.dataset.parts
exposure = dict(_base_.exposure, exposure=(0.25, 1.3))
train_dataloader = dict(
    dataset=dict(
        parts=[
            *(
                dict(count=2, dataset=dict(part.dataset, pipeline=[load, crop, flip, exposure, corruption, dict(_base_.nearest_exposure, exposure=(least, 1.15)), pack]))
                for part, least in ((sinet_part, 0.4), (cgnet_part, 0.6))
                for load, crop, flip, corruption, pack in [part.dataset.pipeline]
            ),
            *photo_parts,
        ]))  # yapf: disable
