# Classification; needs mmpretrain: pip install "sympie-seg[cls]"
_base_ = './default_runtime.py'
custom_imports = dict(imports=['sympie_seg', 'sympie_seg.classification'])
default_scope = 'mmpretrain'
visualizer = dict(type='UniversalVisualizer')
