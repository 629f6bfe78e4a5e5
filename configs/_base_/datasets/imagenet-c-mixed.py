# ImageNet-C-mixed: every folder of class folders below data_root is a condition (its layout was not seen by us); and
# ImageNet's val as 'clean'.
_base_ = './imagenet-c.py'
clean_test = {{_base_.clean_test}}
tree_pipeline = {{_base_.tree_pipeline}}
mixed_test = dict(
    type='ImageNetCMixedDataset', data_root='data/imagenet-c-mixed', pipeline=tree_pipeline
)
test_dataloader = dict(
    dataset=dict(_delete_=True, type='ConcatDataset', datasets=[clean_test, mixed_test])
)
