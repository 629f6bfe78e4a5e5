"""Batches of several sizes give what batches of one image give."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from sympie_seg.models.frozen.predict_by_size import predict_by_size

SIZES = [(64, 96), (48, 80), (64, 96), (80, 48), (48, 80)]


def one_by_one(model: torch.nn.Module, data: dict) -> list:
    pairs = zip(data["inputs"], data["data_samples"], strict=True)
    return [model.test_step(dict(inputs=[i], data_samples=[s.clone()]))[0] for i, s in pairs]


@pytest.mark.parametrize("step", ["test_step", "val_step"])
def test_equals_batches_of_one(
    step: str, enhanced_network: Callable, perturbed: Callable, batch: Callable
) -> None:
    model = enhanced_network().eval()
    perturbed(model.data_preprocessor.enhancer)
    data = batch(5, SIZES)
    for index, sample in enumerate(data["data_samples"]):
        sample.set_metainfo(dict(img_path=f"{index}.png"))
    with torch.no_grad():
        wanted = one_by_one(model, data)
        with pytest.raises(ValueError, match="one size"):
            getattr(model, step)(data)
        got = getattr(predict_by_size(model), step)(data)
    assert [sample.img_path for sample in got] == [f"{index}.png" for index in range(5)]
    for mine, other, size in zip(got, wanted, SIZES, strict=True):
        assert mine.pred_sem_seg.shape == size
        torch.testing.assert_close(
            mine.seg_logits.data, other.seg_logits.data, rtol=1e-4, atol=1e-4
        )
        assert torch.equal(mine.gt_sem_seg.data, other.gt_sem_seg.data)


def test_one_size_goes_through_as_it_is(enhanced_network: Callable, batch: Callable) -> None:
    model = predict_by_size(enhanced_network().eval())
    seen = []
    model._own_test_step = lambda data: seen.append(data) or ["predicted"]
    data = batch(3)
    assert model.test_step(data) == ["predicted"]
    assert seen[0] is data
