"""Picture and settings in, result out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from sympie_seg.api import enhance
from sympie_seg.app.answers import answer
from sympie_seg.app.enhancers import OfferedEnhancer, offer_enhancers
from sympie_seg.app.enhancing import EnhancingService, GivenWarp, Result
from sympie_seg.app.settings import Settings
from sympie_seg.corruptions import corrupt
from sympie_seg.enhancer import WarpParameters
from sympie_seg.enhancer.normalization import normalize
from sympie_seg.enhancer.shipped import shipped_enhancer

ALL = ("first", "second", "clahe")
IDENTITY = tuple(WarpParameters.identity(1).to_vector()[0].tolist())


def run(service: EnhancingService, png: bytes, *names: str, **settings: Any) -> Result:
    return service.run(png, "a.png", Settings(names or ALL, **settings))


def test_every_enhancer_gives_what_the_api_gives(
    service: EnhancingService, enhancers: list[OfferedEnhancer], png: bytes, image: np.ndarray
) -> None:
    result = run(service, png)
    assert np.array_equal(result.input, image)
    assert [one.name for one in result.enhanced] == list(ALL)
    for one, offered in zip(result.enhanced, enhancers, strict=True):
        wanted, parameters = enhance(image, offered.module)
        assert np.array_equal(one.image, wanted)
        assert one.milliseconds > 0 and one.prediction is None and not one.is_edited
        if parameters is None:
            assert one.parameters is None
        else:
            assert torch.equal(one.parameters.to_vector(), parameters.to_vector())
    assert not np.array_equal(result.enhanced[0].image, result.enhanced[1].image)


@pytest.mark.parametrize("strength", [0.0, 0.5, 2.0])
def test_strength(
    service: EnhancingService,
    enhancers: list[OfferedEnhancer],
    png: bytes,
    image: np.ndarray,
    strength: float,
) -> None:
    result = run(service, png, strength=strength)
    wanted, parameters = enhance(image, enhancers[0].module, strength=strength)
    assert np.array_equal(result.enhanced[0].image, wanted)
    assert torch.equal(result.enhanced[0].parameters.to_vector(), parameters.to_vector())
    assert np.array_equal(result.enhanced[0].image, image) == (strength == 0)
    assert np.array_equal(result.enhanced[2].image, enhance(image, enhancers[2].module)[0])
    assert enhancers[0].module.strength == 1


def test_numbers_given_by_hand_are_applied_as_they_stand(
    service: EnhancingService, png: bytes, image: np.ndarray
) -> None:
    numbers = list(IDENTITY)
    numbers[9] = 0.5  # red of the colour shift
    result = run(service, png, parameters=dict(first=tuple(numbers)), strength=2.0)
    first, second, _ = result.enhanced
    assert first.is_edited and not second.is_edited
    assert first.parameters.to_vector()[0].tolist() == numbers
    change = first.image.astype(int) - image
    free = image[..., 0] < 200
    assert np.abs(change[..., 0][free] - round(0.5 * 0.229 * 255)).max() <= 1
    assert not change[..., 1:].any()
    back = run(service, png, "first", parameters=dict(first=IDENTITY))
    assert np.array_equal(back.enhanced[0].image, image)


def test_the_corruption_comes_first(
    service: EnhancingService, enhancers: list[OfferedEnhancer], png: bytes, image: np.ndarray
) -> None:
    chosen = dict(corruption="gaussian_noise", severity=3)
    result = run(service, png, "first", **chosen, seed=4)
    wanted = corrupt(image, "gaussian_noise", 3, np.random.default_rng(4))
    assert np.array_equal(result.input, wanted)
    assert np.array_equal(result.enhanced[0].image, enhance(wanted, enhancers[0].module)[0])
    assert not np.array_equal(run(service, png, "first", **chosen, seed=5).input, wanted)
    assert result.corruption_milliseconds > 0


def test_the_network_sees_input_and_enhanced(
    enhancers: list[OfferedEnhancer], network: Any, png: bytes, image: np.ndarray
) -> None:
    service = EnhancingService(enhancers, network)
    result = run(service, png, strength=1.5)
    assert np.array_equal(result.before.labels, network.predict(image))
    modules = [module for module, _ in network.calls[:4]]
    assert modules == [None, *(one.module for one in enhancers)]
    assert network.calls[1][1] == 1.5, "the strength reaches the network"
    assert enhancers[0].module.strength == 1, "and is as before afterwards"
    after = result.enhanced[0].prediction.labels
    enhancers[0].module.strength = 1.5
    assert np.array_equal(after, network.predict(image, enhancers[0].module))
    assert (after != result.before.labels).any()


def test_numbers_given_by_hand_reach_the_network(
    enhancers: list[OfferedEnhancer], network: Any, png: bytes
) -> None:
    service = EnhancingService(enhancers, network)
    result = run(service, png, "first", parameters=dict(first=IDENTITY))
    assert isinstance(network.calls[-1][0], GivenWarp)
    assert np.array_equal(result.enhanced[0].prediction.labels, result.before.labels)


def test_the_prediction_before_is_made_once(
    enhancers: list[OfferedEnhancer], network: Any, png: bytes
) -> None:
    service = EnhancingService(enhancers, network)
    for strength in (0.5, 1.0, 1.5):
        run(service, png, "first", strength=strength)
    assert len([1 for module, _ in network.calls if module is None]) == 1
    assert run(service, png, "first", predict=False).before is None
    run(service, png, "first", corruption="fog", severity=1)
    assert len([1 for module, _ in network.calls if module is None]) == 2


def test_few_pictures_are_remembered(service: EnhancingService, png: bytes) -> None:
    for seed in range(10):
        run(service, png, "first", corruption="shot_noise", severity=1, seed=seed)
    assert len(service._recent) == 4


def test_given_warp_takes_batches_and_sequences() -> None:
    numbers = torch.tensor([IDENTITY]) + 0.01
    warp = GivenWarp(WarpParameters.from_vector(numbers))
    images = normalize(torch.rand(2, 3, 20, 30))
    batch, sequence = warp(images), warp(list(images))
    assert batch.shape == images.shape and not torch.equal(batch, images)
    assert torch.allclose(torch.stack(sequence), batch, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 3)])
def test_tiny_pictures(service: EnhancingService, size: tuple[int, int]) -> None:
    """Every corruption either works or is named; nothing else is raised."""
    from sympie_seg.corruptions import CORRUPTIONS
    from sympie_seg.utils.images import encode_image

    data = encode_image(np.full((*size, 3), 90, np.uint8))
    for name in CORRUPTIONS:
        try:
            enhancement = run(service, data, "first", corruption=name, severity=3)
        except ValueError as error:
            assert f"'{name}' cannot be applied" in str(error)
        else:
            assert enhancement.input.shape == (*size, 3)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda data: data[: len(data) // 2], "is cut off"),
        (lambda data: b"", "is empty"),
        (lambda data: b"hello " * 50, "no picture that is known"),
        (lambda data: data[:200] + b"\0\1" + data[202:], "is damaged"),
    ],
)
def test_damaged_files_are_named(
    service: EnhancingService, png: bytes, spoil: Any, named: str
) -> None:
    with pytest.raises(ValueError, match=f"'a.png'.* {named}"):
        run(service, spoil(png))


def test_pixels_are_counted_before_memory_is_taken(
    enhancers: list[OfferedEnhancer], png: bytes
) -> None:
    service = EnhancingService(enhancers, most_pixels=60 * 80 - 1)
    with pytest.raises(ValueError, match=r"'a\.png' declares 80 x 60 pixels"):
        run(service, png)


def test_answer(
    enhancers: list[OfferedEnhancer], network: Any, png: bytes, image: np.ndarray
) -> None:
    service = EnhancingService(enhancers, network)
    result = run(service, png, strength=2.0)
    content = answer(result, network)
    assert (content["width"], content["height"]) == (80, 60)
    assert np.array_equal(pixels(content["input"]), image)
    first, _, clahe = content["enhanced"]
    assert np.array_equal(pixels(first["image"]), result.enhanced[0].image)
    assert clahe["parameters"] is None
    parameters = first["parameters"]
    assert parameters["numbers"] == result.enhanced[0].parameters.to_vector()[0].tolist()
    assert len(parameters["fills"]) == len(parameters["inks"]) == len(parameters["names"]) == 37
    file = parameters["file"]
    assert file["format"] == "sympie_seg.parameters" and file["strength"] == 2
    assert file["rows"][0]["parameters"] == tuple(parameters["numbers"])
    labels = cv2.imdecode(raw(first["prediction"]["labels"]), cv2.IMREAD_UNCHANGED)
    after, before = result.enhanced[0].prediction.labels, result.before.labels
    assert np.array_equal(labels, after)
    painted = pixels(first["prediction"]["painted"])
    assert np.array_equal(painted, np.array(network.palette)[after])
    assert first["prediction"]["changed"] == (after != before).mean() > 0
    assert [entry["name"] for entry in content["legend"]] == list(network.classes)
    assert content["legend"][2]["colour"] == "#fffaf0"
    assert content["legend"][2]["shares"][:2] == [(before == 2).mean(), (after == 2).mean()]


def raw(url: str) -> np.ndarray:
    import base64

    return np.frombuffer(base64.b64decode(url.removeprefix("data:image/png;base64,")), np.uint8)


def pixels(url: str) -> np.ndarray:
    return cv2.imdecode(raw(url), cv2.IMREAD_COLOR)[..., ::-1]


class TestOffered:
    def test_default(self) -> None:
        offered, notes = offer_enhancers()
        assert [one.name for one in offered] == ["general", "cityscapes", "clahe", "gamma"]
        assert [one.has_parameters for one in offered] == [True, True, False, False]
        assert offered[0].source.startswith("sympie_general.pth (sha256 ") and notes == []

    def test_named_ones_come_first(self, enhancer_file: Path) -> None:
        offered, _ = offer_enhancers([str(enhancer_file), "gamma"])
        names = [one.name for one in offered]
        assert names == ["enhancer", "gamma", "general", "cityscapes", "clahe"]

    def test_a_file_of_a_shipped_name_keeps_a_name_of_its_own(
        self, tmp_path: Path, enhancer_file: Path
    ) -> None:
        other = tmp_path / "enhancer.pth"
        other.write_bytes(shipped_enhancer("camvid").read_bytes())
        offered, _ = offer_enhancers([str(enhancer_file), str(other)])
        assert [one.name for one in offered][:2] == ["enhancer", str(other)]

    def test_missing_and_twice(self, enhancer_file: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"nowhere\.pth"):
            offer_enhancers(["nowhere.pth"])
        with pytest.raises(ValueError, match="given twice"):
            offer_enhancers([str(enhancer_file), str(enhancer_file)])

    def test_without_mmseg(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sympie_seg.app.enhancers._classical", dict)
        offered, notes = offer_enhancers()
        assert [one.name for one in offered] == ["general", "cityscapes"]
        assert [note.split()[0] for note in notes] == ["clahe", "gamma"]
        assert "needs mmseg" in notes[0]


def test_the_answer_tells_the_strength_that_was_used(
    service: EnhancingService, enhancers: list[OfferedEnhancer], png: bytes
) -> None:
    enhancers[1].module.strength = 1.4
    told = [one["strength"] for one in answer(run(service, png), None)["enhanced"]]
    assert told == [1.0, 1.4, None], "each its own"
    content = answer(run(service, png, strength=0.5, parameters=dict(first=IDENTITY)), None)
    assert [one["strength"] for one in content["enhanced"]] == [None, 0.5, None], "edited: none"
    assert content["enhanced"][1]["parameters"]["file"]["strength"] == 0.5
    enhancers[1].module.strength = 1.0
