# A student of SINet as student_lite0_1xb4-500.py, with SqueezeNet 1.0, which needs no package: data/networks/ holds its weights.
_base_ = ['./student_lite0_1xb4-500.py', '../_base_/models/student_squeezenet.py']
model = dict(
    student=dict(
        _base_.student_squeezenet,
        _delete_=True,
        checkpoint='factory',
        factory_args=dict(
            num_classes=19,
            encoder=dict(
                factory='sympie_seg.students:SqueezeNetFeatures', checkpoint='data/networks/squeezenet1_0_imagenet.pth'))),
)  # yapf: disable
