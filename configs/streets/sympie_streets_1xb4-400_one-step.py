# sympie_streets_1xb4-400 without the mean teacher and its second loss: what repeated application does without them
# (docs/stability.md).
_base_ = './sympie_streets_1xb4-400.py'
model = dict(data_preprocessor=dict(two_step=False))
