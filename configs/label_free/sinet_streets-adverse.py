# A published Cityscapes network on generated streets in fog, night, rain and snow, which no shipped enhancer has met:
# sympie-seg generate-streets data/streets-512 --size 512 256 --train 1 --val 30 --adverse 30
_base_ = [
    '../_base_/models/sinet.py',
    '../_base_/datasets/streets_256x128.py',
    '../_base_/schedules/sympie_test.py',
    '../_base_/default_runtime.py',
]
data_root = 'data/streets-512'
enhancer = 'cityscapes'
model = dict(data_preprocessor=dict(type='SyMPIESegDataPreProcessor', enhancer=enhancer))
train_dataloader = None
val_dataloader = None
val_evaluator = None
streets = _base_.test_dataloader.dataset.datasets
test_dataloader = dict(
    dataset=dict(datasets=[dict(part, data_root=part.data_root.replace(_base_.data_root, data_root)) for part in streets]))
