"""Strips of validation images, read back from the disk and from TensorBoard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.runner import Runner
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from sympie_seg.engine import PredictionStripHook
from sympie_seg.engine.hooks.prediction_strip_hook import prediction_of
from sympie_seg.visualization import paint
from sympie_seg.visualization.strip import GAP, LINE

WIDTH, HEIGHT = 192, 144  # pictures of 64 x 48, three times enlarged so that no pixel is cut
PALETTE = [[i * 50] * 3 for i in range(5)]


@pytest.fixture
def train(
    runner_config: Callable, build_runner: Callable, perturbed: Callable
) -> Callable[..., Runner]:
    """Two iterations, validated after each."""

    def run(name: str, *hooks: dict) -> Runner:
        backends = [dict(type="LocalVisBackend"), dict(type="TensorboardVisBackend")]
        changes = {
            "train_cfg.max_iters": 2,
            "train_cfg.val_interval": 1,
            "custom_hooks": list(hooks),
            "visualizer.vis_backends": backends,
        }
        runner = build_runner(runner_config(name, **changes))
        perturbed(runner.model.data_preprocessor.enhancer)
        runner.train()
        return runner

    return run


def panels(strip: np.ndarray, count: int) -> list[np.ndarray]:
    """Cut the pictures out of a strip with a title."""
    cell = WIDTH + GAP
    assert strip.shape[1] == count * cell
    top = 2 * LINE
    return [strip[top : top + HEIGHT, i * cell : i * cell + WIDTH] for i in range(count)]


def test_the_strip_shows_what_the_network_sees_and_says(train: Callable) -> None:
    runner = train("strips", dict(type="PredictionStripHook", images=3, width=WIDTH))
    folder = Path(runner.work_dir)
    (pictures,) = folder.glob("*/vis_data/vis_image/validation")
    files = {f"{image:02}_{step}.png" for image in range(3) for step in (1, 2)}
    assert {p.name for p in pictures.iterdir()} == files
    strip = cv2.imread(str(pictures / "01_2.png"))[..., ::-1]
    data = Path(runner.cfg.val_dataloader.dataset.data_root)
    image, truth = (
        cv2.imread(str(data / "img/1.png"))[..., ::-1],
        cv2.imread(str(data / "ann/1.png"), -1),
    )
    shown = panels(strip, 7)
    # Maps are enlarged by whole pixels: every third pixel is the map itself.
    assert np.array_equal(shown[4][1::3, 1::3], paint(truth, PALETTE))
    assert np.abs(shown[0][1::3, 1::3].astype(int) - image).max() < 60, "smoothly enlarged, RGB"
    batch = runner.val_dataloader.dataset[1]
    batch = dict(inputs=[batch["inputs"]], data_samples=[batch["data_samples"]])
    runner.model.eval()
    after = prediction_of(runner.model.test_step(batch)[0], ())
    assert np.array_equal(shown[3][1::3, 1::3], paint(after, PALETTE))
    runner.model.data_preprocessor.enhancer = torch.nn.Identity()
    before = prediction_of(runner.model.test_step(batch)[0], ())
    assert np.array_equal(shown[2][1::3, 1::3], paint(before, PALETTE))
    assert not np.array_equal(before, after), (
        "the enhancer changes nothing: this test shows nothing"
    )
    events = EventAccumulator(str(pictures.parents[1]), size_guidance=dict(images=0)).Reload()
    assert [e.step for e in events.Images("validation/01")] == [1, 2]
    stored = np.frombuffer(events.Images("validation/01")[1].encoded_image_string, np.uint8)
    assert np.array_equal(cv2.imdecode(stored, cv2.IMREAD_COLOR)[..., ::-1], strip)


def test_training_is_the_same_as_without(train: Callable) -> None:
    with_hook = train("with", dict(type="PredictionStripHook", images=2, interval=2))
    without = train("without")
    ours, theirs = with_hook.model.state_dict(), without.model.state_dict()
    assert ours and all(torch.equal(ours[key], value) for key, value in theirs.items())
    (pictures,) = Path(with_hook.work_dir).glob("*/vis_data/vis_image/validation")
    assert len(list(pictures.iterdir())) == 2, "every second validation"


def test_bad_options() -> None:
    with pytest.raises(ValueError, match="images and interval must be 1 or more, got 0 and 1"):
        PredictionStripHook(images=0)
