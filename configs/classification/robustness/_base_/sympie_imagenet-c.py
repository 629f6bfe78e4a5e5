_base_ = ['./sympie_test.py', '../../../_base_/datasets/imagenet-c.py']
