# CLIP's RN50, zero-shot (sympie-seg convert-model clip-to-mmpretrain); for crops of 224 x 224. The text embeddings come from the
# checkpoint, or from a file: head.text_features.
model = dict(
    type='ImageClassifier',
    data_preprocessor=dict(
        type='ClsDataPreprocessor',
        mean=[122.7709383, 116.7460125, 104.09373615],
        std=[68.5005327, 66.6321579, 70.32316305],
        to_rgb=True,
    ),
    backbone=dict(type='CLIPResNet'),
    neck=None,
    head=dict(
        type='ZeroShotClsHead',
        num_classes=1000,
        in_channels=1024,
        loss=dict(type='CrossEntropyLoss'),
        topk=(1, 5),
    ),
)
