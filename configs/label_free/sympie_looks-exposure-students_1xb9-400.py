# As sympie_looks-students_1xb9-400.py, and the clean images take the exposure nearest to the image's that networks accept. Real dusk loses less
# than with looks alone, and still more than with the shipped file, which is not of it (docs/label-free.md, docs/openings.md).
_base_ = ['./sympie_looks-students_1xb9-400.py', '../_base_/datasets/least_change_of_exposure.py']
changes = [_base_.exposure, _base_.looks, _base_.corruption, _base_.nearest_exposure]
street_part = dict(_base_.streets, pipeline=[_base_.load, _base_.street_crop, _base_.flip, *changes, _base_.pack_pixels])
cgnet_part = dict(_base_.streets, pipeline=[_base_.load, _base_.cgnet_crop, _base_.flip, *changes, _base_.pack_pixels])
student_part = dict(_base_.streets, pipeline=[_base_.load, _base_.student_crop, _base_.flip, *changes, _base_.pack_pixels])
scene_part = dict(_base_.photo_train, pipeline=[_base_.load, _base_.scene_crop, _base_.flip, *changes, _base_.pack_pixels])
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(dataset=street_part, count=2),
            dict(dataset=cgnet_part, count=2),
            dict(dataset=student_part, count=2),
            dict(dataset=student_part, count=1),
            dict(dataset=scene_part, count=1),
            dict(dataset=scene_part, count=1),
        ]))  # yapf: disable
