# A student of a Cityscapes network: EfficientNet-Lite0 with a feature pyramid (docs/students.md). The weights of a training are
# in its student.pth.
student_lite0 = dict(
    type='TorchNetwork', factory='sympie_seg.students:StudentNetwork',
    factory_args=dict(
        num_classes=19,
        encoder=dict(factory='sympie_seg.students:EfficientNetLiteFeatures', version=0, pretrained=False)),
    mean=[127] * 3, std=[128] * 3, max_pixel_value=255,
)  # yapf: disable
