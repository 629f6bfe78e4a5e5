# Start of tools/misc/leave_one_out.py: as sympie_moments_1xb16-3000.py, but from identity, so no network was ever met. CamVid's 0006R0
# and the classes whose WordNet number ends in 6 are kept out as well: they judge.
_base_ = './sympie_moments_1xb16-3000.py'
model = dict(
    data_preprocessor=dict(enhancer=dict(_delete_=True, type='SyMPIE', init='identity')))  # yapf: disable
streets = dict(_base_.streets, include=['0016E5_*'])
photos = dict(_base_.photos, exclude=['n*[6789]'])
train_dataloader = dict(dataset=dict(datasets=[streets, photos]))

optim_wrapper = dict(optimizer=dict(lr=3e-4))
max_iters = 1600
train_cfg = dict(max_iters=max_iters)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.01, begin=0, end=40, by_epoch=False),
    dict(type='CosineAnnealingLR', eta_min=0, begin=40, end=max_iters, T_max=max_iters - 40, by_epoch=False),
]
custom_hooks = [dict(type='EnhancerFileHook', interval=400), dict(type='BatchNormStatisticsHook')]
