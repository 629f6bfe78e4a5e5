# As sympie_looks-four-networks_1xb8-400.py, and the clean images take the exposure nearest to the image's that networks accept. It takes more
# from clean frames and from weather than it may (docs/label-free.md), so no shipped file is of it.
_base_ = ['./sympie_looks-four-networks_1xb8-400.py', '../_base_/datasets/least_change_of_exposure.py']
changes = [_base_.exposure, _base_.looks, _base_.corruption, _base_.nearest_exposure]
photo_changes = [_base_.exposure, _base_.looks, _base_.paper, _base_.nearest_exposure]
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
