# What all of these have in common: the ImageNet enhancer in front, nothing is trained. A child names the network:
#     _base_ = ['../../_base_/models/NETWORK_cls.py', './_base_/sympie_imagenet-c.py']
#     model = dict(data_preprocessor={{_base_.sympie}})
_base_ = ['../../../_base_/schedules/sympie_cls_test.py', '../../../_base_/default_runtime_cls.py']
enhancer = 'work_dirs/sympie_resnet50_imagenet/enhancer_last.pth'
sympie = dict(type='SyMPIEClsDataPreprocessor', enhancer=enhancer)
