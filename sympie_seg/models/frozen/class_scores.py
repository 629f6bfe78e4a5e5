"""The class scores of a frozen network, whatever its head: what it gives, or why it cannot be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mmengine.model import BaseModel
from torch import Tensor, nn

from sympie_seg.models.frozen.divergence import ScoreKind

__all__ = ["class_scores", "score_kind"]

#: mmseg's heads whose predictions are products of class and mask probabilities.
_PROBABILITIES = ("Mask2FormerHead", "MaskFormerHead", "SideAdapterCLIPHead")
#: mmpretrain's heads that give one score for each of their branches and predict by the sum.
_SUMMED = ("ConformerHead",)
#: Losses that say how the scores are read; the first of these decides.
_DECIDING_LOSSES = (
    *("CrossEntropyLoss", "OhemCrossEntropy"),
    *("FocalLoss", "AsymmetricLoss", "LabelSmoothLoss"),
)
#: Of these the ones that take each class on its own unless they say otherwise; mmpretrain's focal loss cannot say.
_SIGMOID_LOSSES = ("FocalLoss", "AsymmetricLoss")


def score_kind(model: nn.Module) -> ScoreKind:
    """Tell what a model's class scores are.

    ========================================================== =============
    network                                                    kind
    ========================================================== =============
    mmseg, one output channel, or a loss with ``use_sigmoid``  SIGMOID
    mmseg, Mask2Former, MaskFormer, SAN                        PROBABILITIES
    mmseg, any other segmentation head                         SOFTMAX
    mmpretrain, multi-label heads, losses with ``use_sigmoid`` SIGMOID
    mmpretrain, other classification heads, timm, Hugging Face SOFTMAX
    any model with an attribute ``score_kind``                 what it says
    ========================================================== =============

    Args:
        model: segmentor or classifier, not wrapped.

    Raises:
        ValueError: if its predictions are no class scores (depth, regression, several tasks, retrieval).
    """
    stated = getattr(model, "score_kind", None)
    if stated is not None:
        return ScoreKind(stated)
    if hasattr(model, "decode_head"):
        return _segmentor_kind(model)
    return _classifier_kind(model)


def class_scores(model: BaseModel, inputs: Tensor, samples: Sequence[Any]) -> Tensor:
    """Run the network and give its class scores, with gradient with respect to the inputs.

    Args:
        model: segmentor or classifier, not wrapped.
        inputs: normalised and padded images (N, 3, H, W).
        samples: one for each image; mmseg's heads read sizes from them.

    Returns:
        (N, C, h, w) from a segmentor, at the size at which its head computes them where mmseg would only resize them
        (which would take more time and memory than some networks), else at the size of the inputs; (N, C) from a
        classifier, where Conformer's two are added as in its prediction.

    Raises:
        ValueError: if the network gives something else.
    """
    if hasattr(model, "encode_decode") and not _is_only_resized(model):
        size = inputs.shape[-2:]
        metas = [{**sample.metainfo, "img_shape": size, "pad_shape": size} for sample in samples]
        result: Tensor = model.encode_decode(inputs, metas)
        return result
    scores = model(inputs, samples, mode="tensor")
    if isinstance(scores, tuple) and _names(getattr(model, "head", None)) & set(_SUMMED):
        scores = sum(scores)
    if not isinstance(scores, Tensor) or scores.dim() not in (2, 4) or len(scores) != len(inputs):
        shape = tuple(scores.shape) if isinstance(scores, Tensor) else type(scores).__name__
        raise ValueError(
            f"label-free training needs class scores (N, C) or (N, C, H, W), {type(model).__name__} gave {shape}. "
            "Train with labels instead: leave out data_preprocessor.label_free"
        )
    return scores


def _is_only_resized(model: nn.Module) -> bool:
    """Whether mmseg's prediction is the head's output resized, and nothing else."""
    from mmseg.models.decode_heads.cascade_decode_head import BaseCascadeDecodeHead
    from mmseg.models.decode_heads.decode_head import BaseDecodeHead

    head: Any = getattr(model, "decode_head", None)
    last: Any = head[-1] if isinstance(head, nn.ModuleList) else head
    return isinstance(last, BaseDecodeHead) and (
        type(last).predict_by_feat is BaseDecodeHead.predict_by_feat
        and type(last).predict in (BaseDecodeHead.predict, BaseCascadeDecodeHead.predict)
    )


def _segmentor_kind(model: BaseModel) -> ScoreKind:
    head = model.decode_head
    if isinstance(head, nn.ModuleList):
        head = head[-1]  # a cascade: the last stage predicts
    names = _names(head)
    if type(model).__name__ == "DepthEstimator" or "VPDDepthHead" in names:
        raise _refusal(model, "it predicts depth, no classes")
    if names & set(_PROBABILITIES):
        return ScoreKind.PROBABILITIES
    losses: Any = getattr(head, "loss_decode", None)
    if losses is None:  # K-Net: its first head holds the loss of all stages
        losses = getattr(getattr(head, "kernel_generate_head", None), "loss_decode", ())
    if getattr(head, "out_channels", None) == 1 or _uses_sigmoid(losses):
        return ScoreKind.SIGMOID
    return ScoreKind.SOFTMAX


def _classifier_kind(model: BaseModel) -> ScoreKind:
    head = getattr(model, "head", None)
    if head is None:
        if hasattr(model, "loss_module"):  # mmpretrain's wrappers of timm and Hugging Face
            return ScoreKind.SIGMOID if _uses_sigmoid(model.loss_module) else ScoreKind.SOFTMAX
        raise _refusal(model, "it has no head")
    names = _names(head)
    if "BaseRetriever" in _names(model):
        raise _refusal(model, "it retrieves images and predicts no classes")
    if "MultiLabelClsHead" in names:
        return ScoreKind.SIGMOID
    if "ClsHead" not in names:
        raise _refusal(model, f"its head {type(head).__name__} gives no scores of classes")
    return ScoreKind.SIGMOID if _uses_sigmoid(head.loss_module) else ScoreKind.SOFTMAX


def _names(module: object) -> set[str]:
    """The names of a module's class and of those that it inherits."""
    return {base.__name__ for base in type(module).__mro__}


def _uses_sigmoid(losses: nn.Module | Iterable[nn.Module]) -> bool:
    """Whether the loss that decides takes each class on its own; Dice and boundary losses do not decide."""
    several = list(losses) if isinstance(losses, (nn.ModuleList, list, tuple)) else [losses]
    deciding = [loss for loss in several if type(loss).__name__ in _DECIDING_LOSSES]
    if not deciding:
        return False
    loss = getattr(deciding[0], "ce", deciding[0])  # a smoothed loss holds the one that decides
    return bool(getattr(loss, "use_sigmoid", type(loss).__name__ in _SIGMOID_LOSSES))


def _refusal(model: nn.Module, reason: str) -> ValueError:
    return ValueError(
        f"label-free training cannot use {type(model).__name__}: {reason}. It compares the classes that a segmentation "
        "or classification network predicts; leave out data_preprocessor.label_free to train with labels"
    )
