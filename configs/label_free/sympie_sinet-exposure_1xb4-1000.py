# Part of checkpoints/sympie_cityscapes.pth (docs/WEIGHTS.md): through SINet alone, as sympie_sinet-appearance_1xb4-1000.py, from the
# eleventh file of that name, and dark pictures are brightened no further than Cityscapes' own pictures are: their published mean is 76 of
# 255; CamVid's frames, 118 in the mean, have 83 at an exposure of 0.4 (docs/label-free.md).
_base_ = ['./sympie_sinet-appearance_1xb4-1000.py', '../_base_/datasets/least_change_of_exposure.py']
model = dict(data_preprocessor=dict(enhancer=dict(path='work_dirs/eleventh.pth')))
load, crop, flip, corruption, pack = _base_.train_dataloader.dataset.pipeline
exposure = dict(_base_.exposure, exposure=(0.25, 1.3))
nearest_exposure = dict(_base_.nearest_exposure, exposure=(0.4, 1.15))
train_dataloader = dict(dataset=dict(pipeline=[load, crop, flip, exposure, corruption, nearest_exposure, pack]))
