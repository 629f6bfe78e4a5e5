"""NEM's last layer, fitted to many images at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from sympie_seg.engine.last_layer import fit_last_layer
from sympie_seg.enhancer import SyMPIE, WarpParameters, load_enhancer, save_enhancer
from sympie_seg.enhancer.patch_moments import PatchMoments, patch_moments

ROOT = Path(__file__).resolve().parents[2]


def identity_layer() -> nn.Linear:
    layer = nn.Linear(512, 37)
    nn.init.zeros_(layer.weight)
    with torch.no_grad():
        layer.bias.copy_(WarpParameters.identity(1).to_vector()[0])
    return layer


def gains(count: int) -> tuple[torch.Tensor, PatchMoments]:
    """Images darkened about mid-grey by a known factor, and features of which one tells the gain that undoes it."""
    generator = torch.Generator().manual_seed(0)
    features = torch.zeros(count, 512)
    features[:, 100:110] = torch.randn(count, 10, generator=generator)  # say nothing
    wanted = 1 + 3 * torch.rand(count, generator=generator)
    features[:, 7] = wanted
    positions = torch.cartesian_prod(torch.arange(12), torch.arange(12)).T
    parts = []
    for gain in wanted:
        clean = torch.randn(3, 16, 16, generator=generator)
        parts.append(patch_moments(clean / gain, clean, *positions))
    return features, PatchMoments(*map(torch.cat, zip(*parts, strict=True)))


def test_finds_the_gain_that_one_feature_tells() -> None:
    torch.manual_seed(0)
    layer = identity_layer()
    features, moments = gains(300)
    fit = fit_last_layer(layer, features, moments)
    assert fit.before[1] > 0.4 and fit.after[1] < 0.25 * fit.before[1]
    assert fit.steps > 0
    numbers = layer(torch.zeros(1, 512).index_fill(1, torch.tensor([7]), 3.0))
    warp = WarpParameters.from_vector(numbers.detach())
    gain = warp.color_matrix[0].diagonal() * warp.kernel[0, 2, 2]
    torch.testing.assert_close(gain, torch.full((3,), 3.0), rtol=0, atol=0.3)


def test_keeps_a_layer_that_nothing_improves() -> None:
    """Images that are clean already: the images held out can only lose."""
    layer, (features, _) = identity_layer(), gains(40)
    image = torch.randn(3, 9, 9, generator=torch.Generator().manual_seed(1))
    positions = torch.cartesian_prod(torch.arange(5), torch.arange(5)).T
    one = patch_moments(image, image, *positions)
    moments = PatchMoments(*(field.repeat(40, *[1] * (field.dim() - 1)) for field in one))
    fit = fit_last_layer(layer, features, moments)
    assert fit.after == fit.before and fit.steps == 0
    assert torch.equal(layer.weight, torch.zeros(37, 512))


def test_the_ridge_keeps_the_weights_small() -> None:
    features, moments = gains(300)
    features[:, 200:300] = 1e-4 * torch.randn(300, 100)  # hardly vary
    norms = []
    for ridge in (0.0, 0.01):
        layer = identity_layer()
        fit = fit_last_layer(layer, features, moments, ridge=ridge)
        assert fit.after[1] < 0.5 * fit.before[1]
        norms.append(layer.weight.norm().item())
    assert norms[1] < 0.5 * norms[0]


def test_counts_are_checked() -> None:
    features, moments = gains(20)
    with pytest.raises(ValueError, match="got 19 and 20"):
        fit_last_layer(identity_layer(), features[:19], moments)


def small_config(folder: Path) -> Path:
    """The config of the training on moments, for three small pictures."""
    (folder / "pictures").mkdir()
    rng = np.random.default_rng(0)
    for index in range(3):
        small = rng.integers(0, 256, (12, 12, 3)).astype(np.uint8)
        cv2.imwrite(str(folder / f"pictures/{index}.png"), cv2.resize(small, (64, 64)))
    config = folder / "config.py"
    base = ROOT / "configs/label_free/sympie_moments_1xb16-3000.py"
    config.write_text(
        f"_base_ = [{str(base)!r}]\n"
        "train_dataloader = dict(num_workers=0, persistent_workers=False, dataset=dict(_delete_=True,\n"
        f"    type='UnlabelledImages', data_root={str(folder / 'pictures')!r}, pipeline=[\n"
        "        dict(type='LoadImageFromFile'), dict(type='RandomScaleCrop', scale_range=(1, 1), crop_size=64),\n"
        "        dict(type='RandomCorruption', names=['darken'], severities=[1, 5], keep_clean=True),\n"
        "        dict(type='PackPatchMoments', points=300)]))\n"
    )
    return config


def run(folder: Path, tool: str, *words: str | Path) -> str:
    """Run a tool of this checkout in a folder, and give what it printed."""
    done = subprocess.run(
        [sys.executable, ROOT / tool, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_training_writes_an_enhancer_that_met_no_network(tmp_path: Path) -> None:
    config = small_config(tmp_path)
    save_enhancer(tmp_path / "start.pth", SyMPIE(), {"networks": ["n1"]})
    options = [
        f"model.data_preprocessor.enhancer.path={tmp_path / 'start.pth'}",
        *("max_iters=4", "train_cfg.max_iters=4", "default_hooks.logger.interval=2"),
        *("train_dataloader.batch_size=2", "param_scheduler.0.end=1", "param_scheduler.1.begin=1"),
    ]
    printed = run(
        tmp_path,
        "tools/train.py",
        config,
        "--work-dir",
        tmp_path / "run",
        "--cfg-options",
        *options,
    )
    assert "untouched: " in printed
    enhancer, provenance = load_enhancer(tmp_path / "run/enhancer_last.pth")
    assert provenance["networks"] == ["n1"] and provenance["iteration"] == 4
    assert not torch.equal(enhancer.nem.out.bias, SyMPIE().nem.out.bias)
    assert torch.equal(enhancer.nem.backbone[1].running_mean, torch.zeros(64))


@pytest.mark.slow
def test_the_tool_fits_a_file_to_a_folder(tmp_path: Path) -> None:
    config = small_config(tmp_path)
    torch.manual_seed(0)
    start = SyMPIE()
    save_enhancer(tmp_path / "start.pth", start, {"networks": ["n1"]})
    out = tmp_path / "fitted.pth"
    printed = run(
        tmp_path,
        "tools/misc/fit_last_layer.py",
        config,
        tmp_path / "start.pth",
        "-o",
        out,
        "--images",
        "48",
    )
    (held_out,) = [line for line in printed.splitlines() if line.startswith("held out: ")]
    before, after = (float(word) for word in held_out.removeprefix("held out: ").split(" -> "))
    assert after < before
    fitted, provenance = load_enhancer(out)
    assert provenance == {"networks": ["n1"], "last_layer": "fitted to 48 images, seed 1"}
    changed = {
        n for n, v in fitted.state_dict().items() if not torch.equal(v, start.state_dict()[n])
    }
    assert changed == {"nem.out.weight", "nem.out.bias"}
