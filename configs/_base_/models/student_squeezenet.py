# A student of a Cityscapes network: SqueezeNet 1.0 with a feature pyramid (docs/students.md). The weights of a training are in its
# student.pth.
student_squeezenet = dict(
    type='TorchNetwork', factory='sympie_seg.students:StudentNetwork',
    factory_args=dict(num_classes=19, encoder=dict(factory='sympie_seg.students:SqueezeNetFeatures')),
    order='bgr', mean=[104, 117, 123], std=[1, 1, 1], max_pixel_value=255,
)  # yapf: disable
