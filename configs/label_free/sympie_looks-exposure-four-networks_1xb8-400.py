# As sympie_looks-four-networks_1xb8-400.py, and the clean images take the exposure nearest to the image's that networks accept. It takes more
# from clean frames and from weather than it may (docs/label-free.md), so no shipped file is of it.
_base_ = ['./sympie_looks-four-networks_1xb8-400.py', '../_base_/datasets/least_change_of_exposure.py']
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(part, dataset=dict(part.dataset, pipeline=[load, crop, flip, _base_.exposure, looks, corruption, _base_.nearest_exposure, pack]))
            for part in _base_.train_dataloader.dataset.parts
            for load, crop, flip, looks, corruption, pack in [part.dataset.pipeline]
        ]))  # yapf: disable
