# From classification to segmentation: the enhancer of the CamVid crops, file as it is, in front of the daytime
# segmentation network. For testing.
_base_ = '../../camvid/sympie_camvid-day_1xb8-4k.py'
enhancer = 'work_dirs/camvid-crops/sympie/enhancer_last.pth'
model = dict(data_preprocessor=dict(enhancer=enhancer))
