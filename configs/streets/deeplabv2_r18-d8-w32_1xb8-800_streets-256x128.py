# The network to be frozen in front of generated streets: it has seen clear weather only.
_base_ = [
    '../_base_/models/deeplabv2_r18-d8-w32.py',
    '../_base_/datasets/streets_256x128.py',
    '../_base_/schedules/small_adamw.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=dict(size=(128, 256), size_divisor=None))
optim_wrapper = dict(optimizer=dict(lr=2e-3))
