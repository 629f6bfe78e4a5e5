"""The gradient of two-step training against two passes written out."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
from mmengine.logging import MessageHub

from sympie_seg.models.frozen.freezing import freeze_network
from sympie_seg.models.frozen.split_loss import split_loss

CE = dict(type="CrossEntropyLoss")
LOSSES = {
    "ce with ignored pixels": dict(loss_decode=CE),
    "ce over valid pixels": dict(loss_decode=dict(CE, avg_non_ignore=True)),
    "class weights": dict(loss_decode=dict(CE, class_weight=[0.5, 2.0, 1.0, 3.0, 0.1])),
    "dice": dict(loss_decode=dict(type="DiceLoss")),
    "ce and dice": dict(
        loss_decode=[
            dict(CE, loss_name="loss_ce"),
            dict(type="DiceLoss", loss_name="loss_dice", loss_weight=2.0),
        ]
    ),
    "ohem": dict(
        loss_decode=dict(CE, avg_non_ignore=True),
        sampler=dict(type="OHEMPixelSampler", thresh=0.3, min_kept=200),
    ),
}


def head(**changes: object) -> dict:
    return dict(
        type="FCNHead", in_channels=64, in_index=3, channels=8, num_convs=1, num_classes=5,
        concat_input=False, dropout_ratio=0.5, norm_cfg=dict(type="BN"), align_corners=False, **changes,
    )  # fmt: skip


def gradients(model: torch.nn.Module) -> torch.Tensor:
    parameters = model.data_preprocessor.enhancer.parameters()
    return torch.cat([p.grad.flatten() for p in parameters])


def two_passes(model: torch.nn.Module, data: dict) -> tuple[float, float]:
    """loss1 + 0.5 loss2 as method.md states it, with the parent's preprocessing of plain images."""
    own = model.data_preprocessor
    images = [(i.flip(0).float() - own.norm_mean) / own.norm_std for i in data["inputs"]]
    x = torch.stack(images)
    with torch.no_grad():
        cleaned = own.teacher.module.eval()(x)
    losses = []
    for weight, step in ((1.0, x), (0.5, cleaned)):
        # RGB network normalised with ImageNet's own numbers: the enhanced image is its input.
        logits = own.enhancer(step)
        loss, _ = model.parse_losses(model._own_loss(logits, copy.deepcopy(data["data_samples"])))
        (weight * loss).backward()
        losses.append(float(loss.detach()))
    return losses[0], losses[1]


@pytest.mark.parametrize("name", LOSSES)
def test_gradient_is_that_of_two_passes(
    name: str, enhanced_network: Callable, perturbed: Callable, batch: Callable
) -> None:
    model = enhanced_network(dict(two_step=True), decode_head=head(**LOSSES[name]))
    split_loss(freeze_network(model))
    perturbed(model.data_preprocessor.enhancer)
    perturbed(model.data_preprocessor.teacher.module)
    model.train()
    # mmseg 1.2.2 indexes its class weights with the ignored label.
    data = batch(2, ignored=name != "class weights")
    twin = copy.deepcopy(model)
    hub = MessageHub.get_current_instance()
    total, log_vars = model.parse_losses(
        model(**model.data_preprocessor(copy.deepcopy(data), True), mode="loss")
    )
    total.backward()
    twin._own_loss = type(twin).loss.__get__(twin)
    loss1, loss2 = two_passes(twin, data)
    assert float(total.detach()) == pytest.approx(loss1 + 0.5 * loss2, rel=1e-5)
    assert hub.get_scalar("train/loss1").current() == pytest.approx(loss1, rel=1e-5)
    assert hub.get_scalar("train/loss2").current() == pytest.approx(loss2, rel=1e-5)
    assert {"step1.decode.acc_seg", "step2.decode.acc_seg"} <= set(log_vars)
    # As one vector: a bias in front of BatchNorm has a gradient of 0, so of rounding alone.
    ours, wanted = gradients(model), gradients(twin)
    assert wanted.norm() > 1e-3
    assert (ours - wanted).norm() <= 1e-4 * wanted.norm()


def test_without_a_teacher_the_loss_is_the_models_own(
    enhanced_network: Callable, batch: Callable
) -> None:
    model = split_loss(freeze_network(enhanced_network()))
    model.train()
    losses = model(**model.data_preprocessor(batch(2), True), mode="loss")
    assert set(losses) == {"decode.loss_ce", "decode.acc_seg"}
