# Crops of generated streets (sympie-seg convert-dataset crops cityscapes), in the place of CamVid's.
_base_ = './camvid-crops_64.py'
data_root = 'data/streets-crops'
classes = ['building', 'car', 'person', 'road', 'sky', 'vegetation']
here = dict(data_root=data_root, classes=classes)
train_dataloader = dict(dataset=here)
val_dataloader = dict(dataset=here)
test_dataloader = dict(dataset=here)
