# The seventh checkpoints/sympie_cityscapes.pth continued through a third student, whose encoder is a ResNet (docs/students.md):
# student_resnet18_1xb4-500.py trains it. The divergence is bounded, so that pixels whose class is lost decide less. It added
# nothing to the seventh (docs/label-free.md).
_base_ = ['./sympie_students_1xb9-650.py', '../_base_/models/student_resnet18.py']
# The four networks of streets, the new one, and those of photographs.
frozen_checkpoint = [
    *_base_.frozen_checkpoint[:4], 'work_dirs/student_resnet18_1xb4-500/student.pth', *_base_.frozen_checkpoint[4:]]  # yapf: disable
model = dict(
    data_preprocessor=dict(label_free=dict(skew=0.1)),
    networks=[
        *_base_.model.networks[:4], dict(name='resnet18', model=_base_.student_resnet18), *_base_.model.networks[4:]],
)  # yapf: disable

sinet_part, cgnet_part, lite0_part, squeezenet_part, *photo_parts = _base_.train_dataloader.dataset.parts
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(sinet_part, count=2),
            dict(cgnet_part, count=1),
            dict(lite0_part, count=1),
            dict(squeezenet_part, count=1),
            dict(dataset=_base_.student_streets, count=2),
            *photo_parts,
        ]))  # yapf: disable
val_parts = _base_.val_dataloader.dataset.parts
val_dataloader = dict(
    dataset=dict(parts=[*val_parts[:4], dict(dataset=_base_.student_streets_val), *val_parts[4:]]))
test_dataloader = val_dataloader
max_iters = 450
train_cfg = dict(max_iters=max_iters, val_interval=450)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
