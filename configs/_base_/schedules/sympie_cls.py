# Training an enhancer in front of a frozen classifier.
_base_ = './sympie.py'
default_hooks = dict(visualization=dict(_delete_=True, type='ConditionClsVisualizationHook'))
custom_hooks = [
    dict(type='EnhancerFileHook', interval=500, save_best='accuracy/top1'),
    dict(type='EnhancementVisualizationHook', interval=100),
    dict(type='PredictionStripHook'),
    dict(type='InputAccuracyHook', interval=50),
]
