"""What every kind of head's scores are, and which are refused."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from sympie_seg.models.frozen.class_scores import class_scores, score_kind
from sympie_seg.models.frozen.divergence import ScoreKind, class_probabilities, divergence

CE = dict(type="CrossEntropyLoss")
SMOOTH = dict(type="mmpretrain.LabelSmoothLoss", label_smooth_val=0.1)


def head(**changes: object) -> dict:
    config = dict(
        type="FCNHead", in_channels=64, in_index=3, channels=8, num_convs=1, num_classes=5,
        concat_input=False, dropout_ratio=0, norm_cfg=dict(type="BN"), align_corners=False, loss_decode=CE,
    )  # fmt: skip
    return {**config, **changes}


SEGMENTATION = {
    "softmax": (head(), ScoreKind.SOFTMAX),
    "one channel": (
        head(num_classes=2, out_channels=1, threshold=0.3, loss_decode=dict(CE, use_sigmoid=True)),
        ScoreKind.SIGMOID,
    ),
    "sigmoid of each class": (head(loss_decode=dict(CE, use_sigmoid=True)), ScoreKind.SIGMOID),
    "cross entropy decides, not Dice": (
        head(
            loss_decode=[
                dict(type="DiceLoss", loss_name="loss_dice"),  # its use_sigmoid is True by default
                dict(CE, loss_name="loss_ce"),
            ]
        ),
        ScoreKind.SOFTMAX,
    ),
    "Dice alone": (head(loss_decode=dict(type="DiceLoss")), ScoreKind.SOFTMAX),
    "focal": (head(loss_decode=dict(type="FocalLoss")), ScoreKind.SIGMOID),
}


def samples(count: int, size: tuple[int, int]) -> list[SegDataSample]:
    made = []
    for _ in range(count):
        one = SegDataSample(gt_sem_seg=PixelData(data=torch.zeros(1, *size, dtype=torch.long)))
        one.set_metainfo(dict(img_shape=size, ori_shape=size, pad_shape=size))
        made.append(one)
    return made


def check_step(model: nn.Module, images: Tensor, kind: ScoreKind, given: list) -> None:
    """One step of label-free training: finite, above 0, with a gradient that reaches the images."""
    with torch.no_grad():
        target = class_probabilities(class_scores(model, images, given), kind)
    changed = (images + 0.3 * torch.randn_like(images)).requires_grad_()
    loss = divergence(target, class_scores(model, changed, given), kind).mean()
    loss.backward()
    assert loss.isfinite() and loss.item() > 0
    assert changed.grad.isfinite().all() and changed.grad.abs().sum() > 0


@pytest.mark.parametrize("name", SEGMENTATION)
def test_segmentation_heads(name: str, network: Callable[..., nn.Module]) -> None:
    config, kind = SEGMENTATION[name]
    model = network(decode_head=config).eval()
    assert score_kind(model) is kind
    check_step(model, torch.randn(2, 3, 64, 96), kind, samples(2, (64, 96)))


def test_scores_have_the_heads_own_size_where_mmseg_only_resizes(
    network: Callable[..., nn.Module],
) -> None:
    model = network().eval()
    images, given = torch.randn(1, 3, 64, 96), samples(1, (64, 96))
    with torch.no_grad():
        own = class_scores(model, images, given)
        assert torch.equal(own, model(images, mode="tensor"))
        assert own.shape[-1] < 96


class MaskFormerHead(nn.Module):
    """Stands in for mmseg's, which needs mmdet: scores are products of probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.masks = nn.Conv2d(3, 4, 1)
        self.classes = nn.Parameter(torch.randn(4, 6))


class Segmentor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.decode_head = MaskFormerHead()

    def encode_decode(self, inputs: Tensor, metas: list[dict]) -> Tensor:
        assert metas[0]["pad_shape"] == inputs.shape[-2:]
        classes = self.decode_head.classes.softmax(-1)[:, :-1]
        masks = self.decode_head.masks(inputs).sigmoid()
        return torch.einsum("qc,nqhw->nchw", classes, masks)


def test_heads_that_give_probabilities() -> None:
    model = Segmentor()
    assert score_kind(model) is ScoreKind.PROBABILITIES
    check_step(model, torch.randn(2, 3, 8, 12), ScoreKind.PROBABILITIES, samples(2, (8, 12)))


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (dict(type="LinearClsHead", num_classes=5, in_channels=8), ScoreKind.SOFTMAX),
        (
            dict(type="LinearClsHead", num_classes=5, in_channels=8, loss=dict(CE, use_sigmoid=True)),
            ScoreKind.SIGMOID,
        ),
        (
            dict(type="LinearClsHead", num_classes=5, in_channels=8, loss=SMOOTH),
            ScoreKind.SOFTMAX,
        ),
        (
            dict(type="LinearClsHead", num_classes=5, in_channels=8, loss=dict(SMOOTH, use_sigmoid=True)),
            ScoreKind.SIGMOID,
        ),
        (
            dict(type="LinearClsHead", num_classes=5, in_channels=8, loss=dict(SMOOTH, mode="multi_label")),
            ScoreKind.SIGMOID,
        ),
        (
            dict(type="LinearClsHead", num_classes=5, in_channels=8, loss=dict(type="mmpretrain.FocalLoss")),
            ScoreKind.SIGMOID,
        ),
        (
            dict(type="LinearClsHead", num_classes=5, in_channels=8, loss=dict(type="mmpretrain.AsymmetricLoss")),
            ScoreKind.SIGMOID,
        ),
        (dict(type="StackedLinearClsHead", num_classes=5, in_channels=8, mid_channels=[6]), ScoreKind.SOFTMAX),
        (dict(type="MultiLabelLinearClsHead", num_classes=5, in_channels=8), ScoreKind.SIGMOID),
    ],
)  # fmt: skip
def test_classification_heads(config: dict, kind: ScoreKind) -> None:
    models = pytest.importorskip("mmpretrain.models", reason="needs mmpretrain")
    classifier = models.ImageClassifier(
        backbone=dict(
            type="mmpretrain.ResNet", depth=18, base_channels=1, stem_channels=1, out_indices=(3,)
        ),
        neck=dict(type="mmpretrain.GlobalAveragePooling"),
        head={**config, "type": f"mmpretrain.{config['type']}"},
        # By its whole name: another test may have left mmseg as the default scope.
        data_preprocessor=dict(type="mmpretrain.ClsDataPreprocessor"),
    ).eval()
    assert score_kind(classifier) is kind
    check_step(classifier, torch.randn(2, 3, 32, 32), kind, [SimpleNamespace(metainfo={})] * 2)


def test_a_head_of_two_branches_predicts_by_their_sum() -> None:
    heads = pytest.importorskip("mmpretrain.models.heads", reason="needs mmpretrain")
    head = heads.ConformerHead(num_classes=5, in_channels=[4, 3])
    nn.init.normal_(head.trans_cls_head.weight)

    class Conformer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = head

        def forward(self, inputs: Tensor, samples: list, mode: str) -> tuple[Tensor, ...]:
            assert mode == "tensor"
            result: tuple[Tensor, ...] = self.head(self.features(inputs))
            return result

        @staticmethod
        def features(inputs: Tensor) -> tuple[list[Tensor]]:
            pooled = inputs.mean((2, 3))
            return ([torch.cat([pooled, pooled[:, :1]], 1), pooled],)

    model, images = Conformer(), torch.randn(2, 3, 8, 8)
    assert score_kind(model) is ScoreKind.SOFTMAX
    predicted = torch.stack([one.pred_score for one in head.predict(model.features(images))])
    scores = class_scores(model, images, [None] * 2)
    torch.testing.assert_close(scores.softmax(1), predicted)
    check_step(model, images, ScoreKind.SOFTMAX, [None] * 2)


def test_a_retriever_is_refused() -> None:
    models = pytest.importorskip("mmpretrain.models", reason="needs mmpretrain")

    class Retriever(models.retrievers.BaseRetriever):
        matching = predict = prepare_prototype = loss = forward = None  # what the base leaves open

        def __init__(self) -> None:
            nn.Module.__init__(self)
            self.head = models.heads.LinearClsHead(num_classes=5, in_channels=4)

    with pytest.raises(ValueError, match="cannot use Retriever: it retrieves images"):
        score_kind(Retriever())


def test_a_model_may_say_what_its_scores_are() -> None:
    model = nn.Identity()
    model.score_kind = "sigmoid"
    assert score_kind(model) is ScoreKind.SIGMOID


class DepthEstimator(nn.Module):
    decode_head = None


class MultiTaskHead(nn.Module):
    pass


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (DepthEstimator(), "DepthEstimator: it predicts depth"),
        (nn.Linear(1, 1), "Linear: it has no head"),
    ],
)
def test_other_predictions_are_refused(model: nn.Module, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        score_kind(model)


def test_heads_of_several_tasks_are_refused() -> None:
    model = nn.Module()
    model.head = MultiTaskHead()
    with pytest.raises(ValueError, match="its head MultiTaskHead gives no scores of classes"):
        score_kind(model)
