# ImageNet-C-bar as published: 10 corruptions x 5 severities; and ImageNet's val as 'clean'.
_base_ = './imagenet-c.py'
test_dataloader = dict(
    dataset=dict(
        corruptions='imagenet_c_bar',
        dataset=dict(benchmark='imagenet-c-bar', data_root='data/imagenet-c-bar'),
    )
)
