# A student of a Cityscapes network: ResNet-18 without the first pooling, as CSAIL trained it on Places365, with a feature pyramid
# (docs/students.md). The weights of a training are in its student.pth.
student_resnet18 = dict(
    type='TorchNetwork', factory='sympie_seg.students:StudentNetwork',
    factory_args=dict(num_classes=19, encoder=dict(factory='sympie_seg.students:ResNet18Features', max_pool=False)),
    mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], max_pixel_value=255,
)  # yapf: disable
