# The seventh checkpoints/sympie_cityscapes.pth continued through a third student, whose encoder is a ResNet (docs/students.md):
# student_resnet18_1xb4-500.py trains it. The divergence is bounded, so that pixels whose class is lost decide less. It added
# nothing to the seventh (docs/label-free.md).
_base_ = ['./sympie_students_1xb9-650.py', '../_base_/models/student_resnet18.py']
frozen_checkpoint = [
    'data/networks/sinet_cityscapes.pth',
    'data/networks/cgnet_camvid.pth',
    'work_dirs/student_lite0_1xb4-500/student.pth',
    'work_dirs/student_squeezenet_1xb4-500/student.pth',
    'work_dirs/student_resnet18_1xb4-500/student.pth',
    'data/networks/sinet_cityscapes.pth',
    'work_dirs/student_lite0_1xb4-500/student.pth',
]
model = dict(
    data_preprocessor=dict(label_free=dict(skew=0.1)),
    networks=[
        dict(name='sinet', model=_base_.sinet),
        dict(name='cgnet', model=_base_.cgnet),
        dict(name='lite0', model=_base_.student_lite0),
        dict(name='squeezenet', model=_base_.student_squeezenet),
        dict(name='resnet18', model=_base_.student_resnet18),
        dict(name='sinet-photos', model=_base_.sinet, weight=0.5),
        dict(name='lite0-photos', model=_base_.student_lite0, weight=0.5),
    ],
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
sinet_val, cgnet_val, lite0_val, squeezenet_val, *photo_vals = _base_.val_dataloader.dataset.parts
val_dataloader = dict(
    dataset=dict(parts=[sinet_val, cgnet_val, lite0_val, squeezenet_val, dict(dataset=_base_.student_streets_val), *photo_vals]))
test_dataloader = val_dataloader
max_iters = 450
train_cfg = dict(max_iters=max_iters, val_interval=450)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
