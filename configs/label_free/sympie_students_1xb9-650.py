# Part of checkpoints/sympie_cityscapes.pth (docs/WEIGHTS.md names the file it started from): as sympie_scenes_1xb6-900.py,
# and through two students of SINet (docs/students.md), which say Cityscapes' classes with ImageNet encoders: published networks have
# such encoders more often than SINet's. Train the students first: student_lite0_1xb4-500.py and student_squeezenet_1xb4-500.py.
_base_ = ['./sympie_scenes_1xb6-900.py', '../_base_/models/student_lite0.py', '../_base_/models/student_squeezenet.py']
sinet_file = 'data/networks/sinet_cityscapes.pth'
lite0_file = 'work_dirs/student_lite0_1xb4-500/student.pth'
frozen_checkpoint = [
    sinet_file,
    'data/networks/cgnet_camvid.pth',
    lite0_file,
    'work_dirs/student_squeezenet_1xb4-500/student.pth',
    sinet_file,
    lite0_file,
]
model = dict(
    networks=[
        dict(name='sinet', model=_base_.sinet),
        dict(name='cgnet', model=_base_.cgnet),
        dict(name='lite0', model=_base_.student_lite0),
        dict(name='squeezenet', model=_base_.student_squeezenet),
        dict(name='sinet-photos', model=_base_.sinet, weight=0.5),
        dict(name='lite0-photos', model=_base_.student_lite0, weight=0.5),
    ],
)  # yapf: disable

student_crop = dict(type='RandomScaleCrop', scale_range=(0.9, 1.7), crop_size=(256, 384))
student_streets = dict(
    _base_.streets, pipeline=[_base_.load, student_crop, _base_.flip, _base_.corruption, _base_.pack_pixels])
student_streets_val = dict(
    _base_.streets, limit=16, test_mode=True,
    pipeline=[_base_.load, dict(student_crop, seed=0), _base_.fixed_corruption, _base_.pack_pixels])  # yapf: disable
sinet_streets, cgnet_streets, *scenes_parts = _base_.train_dataloader.dataset.parts
train_dataloader = dict(
    dataset=dict(
        parts=[
            dict(sinet_streets, count=2),
            dict(cgnet_streets, count=2),
            dict(dataset=student_streets, count=2),
            dict(dataset=student_streets, count=1),
            *scenes_parts,
        ]))  # yapf: disable
val_parts = _base_.val_dataloader.dataset.parts
val_dataloader = dict(
    dataset=dict(parts=[*val_parts[:2], dict(dataset=student_streets_val), dict(dataset=student_streets_val), *val_parts[2:]]))
test_dataloader = val_dataloader
max_iters = 650
train_cfg = dict(max_iters=max_iters, val_interval=325)
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 40, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
