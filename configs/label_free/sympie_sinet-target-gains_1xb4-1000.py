# A third of checkpoints/sympie_cityscapes.pth (docs/WEIGHTS.md): through SINet alone, as sympie_sinet-exposure_1xb4-1000.py, from the twelfth
# file of that name. For the target SINet sees the clean frame with the colour cast of Cityscapes, whose published means are 73, 83 and
# 72 of 255 for red, green and blue, where CamVid's are 117, 120 and 121: so it knows more of it (docs/label-free.md).
_base_ = './sympie_sinet-exposure_1xb4-1000.py'
model = dict(
    data_preprocessor=dict(
        enhancer=dict(path='work_dirs/twelfth.pth'), label_free=dict(target_gains=(0.96, 1.08, 0.96))))
