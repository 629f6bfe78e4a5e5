"""NEM alone: what its batches hold, what stays frozen, and that the loss falls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.dataset import default_collate

from sympie_seg.datasets import PackPatchMoments
from sympie_seg.enhancer import IMAGENET_MEAN, SyMPIE, WarpParameters, save_enhancer
from sympie_seg.enhancer.normalization import normalize
from sympie_seg.enhancer.patch_moments import PatchMoments, remaining_difference
from sympie_seg.enhancer.sequences import make_thumbnails
from sympie_seg.models import NEMPretraining
from sympie_seg.models.enhancers import NoEnhancer
from sympie_seg.models.enhancers.from_file import SyMPIEFromFile


def images(count: int) -> list[dict]:
    rng = np.random.default_rng(0)
    clean = [rng.integers(0, 256, (60, 70, 3)).astype(np.uint8) for _ in range(count)]
    return [{"img": image // 4, "clean_img": image} for image in clean]


def batch(count: int = 4) -> dict:
    pack = PackPatchMoments(points=200, thumbnail_resize=48, thumbnail_crop=44)
    result: dict = default_collate([pack(sample) for sample in images(count)])
    return result


def test_a_packed_image_holds_thumbnail_and_moments() -> None:
    packed = batch()
    shapes = {name: tuple(value.shape) for name, value in packed.items()}
    assert shapes == {
        "thumbnail": (4, 3, 44, 44),
        "thumbnail_sizes": (4, 2),
        "second": (4, 76, 76),
        "cross": (4, 76, 3),
        "energy": (4,),
    }
    moments = PatchMoments(*(packed[name] for name in PatchMoments._fields))
    identity = WarpParameters.identity(4).to_vector()
    exact = [
        ((s["img"] / 255.0 - s["clean_img"] / 255.0) / (0.229, 0.224, 0.225)[::-1]).std()
        for s in images(4)
    ]
    assert remaining_difference(identity, moments).min() > np.mean(exact)  # the mean moved too


def test_the_thumbnail_is_rgb() -> None:
    red = np.zeros((60, 60, 3), np.uint8)
    red[..., 2] = 255  # BGR
    packed = PackPatchMoments(points=10)({"img": red})
    means = packed["thumbnail"].mean((1, 2))
    assert means.argmax() == 0
    assert means[1] == pytest.approx(-IMAGENET_MEAN[1] / 0.224, abs=1e-4)


def test_the_clean_image_moves_with_the_pixels() -> None:
    clean = np.random.default_rng(1).integers(0, 256, (60, 60, 3)).astype(np.uint8)
    columns, rows = np.meshgrid(
        np.arange(60.0, dtype=np.float32), np.arange(60.0, dtype=np.float32)
    )
    source = np.stack([np.minimum(columns + 7, 59), rows], axis=-1)
    moved = clean[rows.astype(int), source[..., 0].astype(int)]
    packed = PackPatchMoments(points=500)({"img": moved, "clean_img": clean, "clean_map": source})
    moments = PatchMoments(*(packed[name][None] for name in PatchMoments._fields))
    assert remaining_difference(WarpParameters.identity(1).to_vector(), moments) < 0.02


def test_it_needs_points() -> None:
    with pytest.raises(ValueError, match="points must be 1 or more"):
        PackPatchMoments(points=0)


def test_training_lowers_the_loss_and_keeps_what_is_frozen(tmp_path: Path) -> None:
    torch.manual_seed(0)
    save_enhancer(tmp_path / "start.pth", SyMPIE(thumbnail_resize=48, thumbnail_crop=44))
    enhancer = SyMPIEFromFile(tmp_path / "start.pth", norm_eval=True, frozen_stem=True)
    model = NEMPretraining(dict(type="ThumbnailPreprocessor", enhancer=enhancer)).train()
    before = {name: value.clone() for name, value in enhancer.state_dict().items()}
    trained = [p for p in enhancer.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, 1e-3)
    data, losses = batch(), []
    for _ in range(15):
        result = model(**model.data_preprocessor(data, True), mode="loss")
        loss = result["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert result["untouched"].item() == pytest.approx(losses[0])  # the start was identity
    assert model.parse_losses(result)[0].item() == pytest.approx(losses[-1])  # and does not train
    assert losses[-1] < 0.9 * losses[0]
    changed = {n for n, v in enhancer.state_dict().items() if not torch.equal(v, before[n])}
    assert not [n for n in changed if "running" in n or "tracked" in n]
    assert not [n for n in changed if n.startswith(("nem.backbone.0.", "nem.backbone.1."))]
    assert {"nem.out.weight", "nem.backbone.3.conv1.weight"} <= changed


def test_without_the_options_everything_trains_as_before(tmp_path: Path) -> None:
    save_enhancer(tmp_path / "start.pth", SyMPIE())
    enhancer = SyMPIEFromFile(tmp_path / "start.pth").train()
    assert all(p.requires_grad for p in enhancer.parameters())
    assert all(module.training for module in enhancer.modules())


def test_loader_and_enhancer_have_the_same_thumbnail_by_default() -> None:
    pack, enhancer = PackPatchMoments(), SyMPIE()
    assert (pack.thumbnail_resize, pack.thumbnail_crop) == (
        enhancer.thumbnail_resize, enhancer.thumbnail_crop,
    )  # fmt: skip
    image = np.random.default_rng(2).integers(0, 256, (250, 400, 3)).astype(np.uint8)
    rgb = torch.from_numpy(image[..., ::-1].copy()).permute(2, 0, 1)[None] / 255
    seen = make_thumbnails(normalize(rgb), enhancer.thumbnail_resize, enhancer.thumbnail_crop)
    torch.testing.assert_close(pack({"img": image})["thumbnail"], seen[0])


@pytest.mark.parametrize("sizes", [(48, 44), (49, 45), (60, 44)])
def test_thumbnails_of_another_size_than_the_enhancers_are_refused(sizes: tuple[int, int]) -> None:
    enhancer = SyMPIE(thumbnail_resize=sizes[0], thumbnail_crop=sizes[1])
    model = NEMPretraining(dict(type="ThumbnailPreprocessor", enhancer=enhancer))
    if sizes == (48, 44):
        assert model(**batch(2))["loss"] > 0
        return
    message = f"thumbnail_resize=48, thumbnail_crop=44, the enhancer with {sizes[0]} and {sizes[1]}"
    with pytest.raises(ValueError, match=message):
        model(**batch(2))


def test_it_only_trains_sympie() -> None:
    with pytest.raises(TypeError, match="trains SyMPIE, got NoEnhancer"):
        NEMPretraining(dict(type="ThumbnailPreprocessor", enhancer=NoEnhancer()))
    model = NEMPretraining(dict(type="ThumbnailPreprocessor", enhancer=SyMPIE()))
    with pytest.raises(ValueError, match="only trains"):
        model(**batch(1), mode="predict")
