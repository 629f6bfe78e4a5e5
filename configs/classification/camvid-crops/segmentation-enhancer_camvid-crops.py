# From segmentation to classification: the enhancer that was trained in front of CamVid's daytime segmentation network,
# file as it is, in front of the classifier of the crops. For testing.
_base_ = './sympie_camvid-crops_1xb16-300.py'
enhancer = 'camvid'
model = dict(data_preprocessor=dict(enhancer=enhancer))
