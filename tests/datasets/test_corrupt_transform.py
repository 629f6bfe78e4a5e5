"""The corruption transforms: reproducible for tests, random but seeded for training."""

from __future__ import annotations

from collections import Counter
from typing import Any

import cv2
import mmpretrain.registry
import mmseg.registry
import numpy as np
import pytest
from mmengine.dataset import worker_init_fn
from numpy.typing import NDArray

from sympie_seg.corruptions import TRAINING, corrupt
from sympie_seg.datasets.transforms.corrupt import Corrupt, RandomCorruption

PATH = "/data/city/leftImg8bit/val/ulm/ulm_000001.png"
QUICK = ("darken", "sunset", "contrast", "gaussian_noise")


def bgr(seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (24, 32, 3), dtype=np.uint8)


def results(path: str | None = PATH, seed: int = 0, **more: Any) -> dict[str, Any]:
    return {"img": bgr(seed), "img_path": path, **more}


class TestRegistration:
    @pytest.mark.parametrize("transform", [Corrupt, RandomCorruption])
    def test_found_in_both_scopes(self, transform: type) -> None:
        assert mmseg.registry.TRANSFORMS.get(transform.__name__) is transform
        assert mmpretrain.registry.TRANSFORMS.get(transform.__name__) is transform

    def test_built_from_a_config(self) -> None:
        transform = mmseg.registry.TRANSFORMS.build({"type": "Corrupt", "name": "fog"})
        assert repr(transform) == "Corrupt(name='fog', severity=3, seed=0)"
        again = eval(repr(transform))
        assert vars(again) == vars(transform)


class TestCorrupt:
    def test_records_what_was_done_and_keeps_the_input(self) -> None:
        inputs = results()
        before = inputs["img"]
        out = Corrupt("fog", 2)(inputs)
        assert (out["corruption"], out["severity"]) == ("fog", 2)
        np.testing.assert_array_equal(before, bgr())
        assert out["img"].shape == before.shape
        assert out["img"].dtype == np.uint8
        assert out["img"].flags.c_contiguous

    def test_severity_zero_is_clean(self) -> None:
        out = Corrupt("fog", 0)(results())
        np.testing.assert_array_equal(out["img"], bgr())
        assert out["severity"] == 0

    def test_does_not_depend_on_order_or_global_state(self) -> None:
        paths = [f"/d/town/{index}.png" for index in range(6)]
        forward = {path: Corrupt("gaussian_noise")(results(path))["img"] for path in paths}
        np.random.seed(99)
        transform = Corrupt("gaussian_noise")
        state = np.random.get_state()[1].copy()
        for path in reversed(paths):
            np.testing.assert_array_equal(transform(results(path))["img"], forward[path])
        np.testing.assert_array_equal(np.random.get_state()[1], state)

    def test_is_the_same_in_every_session(self) -> None:
        """A changed key would silently change every published number: pin one."""
        out = Corrupt("white_point", 5)(
            {"img": np.full((1, 1, 3), 200, np.uint8), "img_path": "/data/ulm/ulm_000001.png"}
        )
        assert out["img"][0, 0].tolist() == [221, 198, 205]  # r = 7, -3, 27 for red, green, blue

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"path": "/d/town/1.png"}, {"path": "/d/town/2.png"}),
            ({"path": "/d/town/1.png"}, {"path": "/d/city/1.png"}),
            ({"seed": 0}, {"seed": 1}),
            ({"severity": 4}, {"severity": 5}),
        ],
    )
    def test_noise_differs_by_path_seed_and_severity(self, one: dict, other: dict) -> None:
        struck = []
        for changed in (one, other):
            values = {"path": PATH, "seed": 0, "severity": 5, **changed}
            transform = Corrupt("impulse_noise", values["severity"], values["seed"])
            grey = np.full((64, 64, 3), 100, np.uint8)
            struck.append(transform({"img": grey, "img_path": values["path"]})["img"] != 100)
        # Independent draws strike the same value rarely.
        assert (struck[0] & struck[1]).sum() < 0.5 * struck[0].sum()

    def test_does_not_depend_on_where_the_data_lies(self) -> None:
        here = Corrupt("speckle_noise")(results("/a/data/val/ulm/1.png", data_root="/a/data"))
        there = Corrupt("speckle_noise")(results("/b/val/ulm/1.png", data_root="/b/"))
        np.testing.assert_array_equal(here["img"], there["img"])
        bare = Corrupt("speckle_noise")(results("/c/somewhere/ulm/1.png"))
        outside = Corrupt("speckle_noise")(results("/e/ulm/1.png", data_root="/b"))
        np.testing.assert_array_equal(bare["img"], outside["img"])
        assert (bare["img"] != here["img"]).any()

    def test_image_from_memory_is_keyed_by_its_pixels(self) -> None:
        first = Corrupt("impulse_noise")(results(None))["img"]
        np.testing.assert_array_equal(Corrupt("impulse_noise")({"img": bgr()})["img"], first)

    def test_channels_are_bgr(self) -> None:
        red = np.zeros((4, 4, 3), np.uint8)
        red[..., 2] = 200
        blue, green, red_out = Corrupt("sunset", 5)({"img": red, "img_path": PATH})["img"][0, 0]
        assert red_out == 226  # c is 255 for red, whatever the jitter: 200 + 25.5, to even
        assert 16 <= min(blue, green) <= 19 <= max(blue, green) <= 22
        assert int(blue) + int(green) == pytest.approx(38.4, abs=1)

    @pytest.mark.parametrize("arguments", [("fgo",), ("fog", 6), ("fog", 2.0), ("fog", True)])
    def test_wrong_arguments(self, arguments: tuple) -> None:
        with pytest.raises(ValueError, match=r"unknown corruption|expected severities"):
            Corrupt(*arguments)


class TestRandomCorruption:
    def test_covers_all_names_and_severities(self) -> None:
        np.random.seed(0)
        transform = RandomCorruption()
        drawn = Counter()
        for _ in range(1500):
            out = transform({"img": np.full((8, 8, 3), 90, np.uint8)})
            drawn[out["corruption"], out["severity"]] += 1
        assert set(drawn) == {(name, severity) for name in TRAINING for severity in range(6)}
        severities = [sum(n for (_, s), n in drawn.items() if s == each) for each in range(6)]
        assert min(severities) > 190  # 250 expected; 190 is four standard deviations below

    def test_draws_only_what_was_asked_for(self) -> None:
        np.random.seed(0)
        transform = RandomCorruption(QUICK, severities=[2, 4], weights=[1, 0, 0, 3])
        outs = [transform(results()) for _ in range(200)]
        names = Counter(out["corruption"] for out in outs)
        assert set(names) == {"darken", "gaussian_noise"}
        assert 25 < names["darken"] < 75
        assert {out["severity"] for out in outs} == {2, 4}

    def test_reproducible_from_numpys_seed(self) -> None:
        transform = RandomCorruption()

        def epoch(seed: int) -> list[tuple[str, int, bytes]]:
            np.random.seed(seed)
            outs = [transform(results()) for _ in range(12)]
            return [(out["corruption"], out["severity"], out["img"].tobytes()) for out in outs]

        first = epoch(3)
        assert epoch(3) == first
        assert epoch(4) != first
        assert len({each[:2] for each in first}) > 6

    def test_workers_differ_and_repeat(self) -> None:
        def drawn(worker: int) -> bytes:
            worker_init_fn(worker, num_workers=2, rank=0, seed=5)
            return RandomCorruption(["gaussian_noise"], [5])(results())["img"].tobytes()

        assert drawn(0) == drawn(0)
        assert drawn(0) != drawn(1)

    def test_draws_one_number_from_the_global_state(self) -> None:
        np.random.seed(1)
        RandomCorruption(["gaussian_noise"], [5])(results())
        following = np.random.random()
        np.random.seed(1)
        RandomCorruption(["darken"], [0])(results())
        assert np.random.random() == following

    def test_keeps_the_clean_image(self) -> None:
        out = RandomCorruption(["darken"], [5], keep_clean=True)(results())
        np.testing.assert_array_equal(out["clean_img"], bgr())
        np.testing.assert_array_equal(
            out["img"], corrupt(bgr(), "darken", 5, np.random.default_rng(0))
        )
        assert "clean_img" not in RandomCorruption(["darken"], [5])(results())

    def test_where_moved_pixels_come_from_is_kept(self) -> None:
        given = results()
        clean = given["img"].copy()
        out = RandomCorruption(["elastic_transform"], [5], keep_clean=True)(given)
        column, row = out["clean_map"][..., 0], out["clean_map"][..., 1]
        assert out["clean_map"].dtype == np.float32
        assert np.array_equal(out["clean_img"], clean)
        moved = cv2.remap(clean, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        assert np.abs(moved.astype(int) - out["img"]).max() <= 1
        assert not np.array_equal(clean, out["img"])

    def test_no_map_where_nothing_moved_or_no_image_is_kept(self) -> None:
        assert "clean_map" not in RandomCorruption(["fog"], [5], keep_clean=True)(results())
        assert "clean_map" not in RandomCorruption(["elastic_transform"], [5])(results())

    def test_two_moves_are_joined(self) -> None:
        names = ["elastic_transform", "caustic_refraction"]
        out = RandomCorruption(names, [3], count=2, keep_clean=True, seed=0)(results())
        assert out["corruption"].count("+") == 1
        alone = RandomCorruption(["elastic_transform"], [3], keep_clean=True, seed=0)(results())
        assert out["clean_map"].shape == alone["clean_map"].shape
        assert not np.array_equal(out["clean_map"], alone["clean_map"])

    def test_clean_image_is_kept_apart_at_severity_zero(self) -> None:
        out = RandomCorruption(["fog"], [0], keep_clean=True)(results())
        assert not np.shares_memory(out["img"], out["clean_img"])

    def test_repr_is_the_call(self) -> None:
        transform = RandomCorruption(["fog", "night"], [1, 2], [1, 2], keep_clean=True)
        assert repr(transform) == (
            "RandomCorruption(names=('fog', 'night'), severities=(1, 2), "
            "weights=(1.0, 2.0), count=(1,), keep_clean=True, seed=None)"
        )

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"names": ["fgo"]}, "unknown corruption"),
            ({"names": []}, "at least one name"),
            ({"names": "fog"}, "list of names"),
            ({"severities": []}, "severities"),
            ({"severities": [1, 6]}, "severities"),
            ({"names": QUICK, "weights": [1]}, "4 weights"),
            ({"names": QUICK, "weights": [0, 0, 0, 0]}, "not all 0"),
            ({"names": QUICK, "weights": [1, 1, 1, -1]}, "not negative"),
            ({"names": QUICK, "weights": [1, 1, 1, float("nan")]}, "4 weights"),
        ],
    )
    def test_wrong_arguments(self, arguments: dict, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            RandomCorruption(**arguments)


@pytest.mark.parametrize("transform", [Corrupt("darken"), RandomCorruption()])
@pytest.mark.parametrize(
    "image",
    [
        None,
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 1), np.uint8),
    ],
)
def test_wrong_images_say_what_was_expected(transform: Any, image: object) -> None:
    with pytest.raises(TypeError, match=r"expected results\['img'\].*LoadImageFromFile"):
        transform({"img": image, "img_path": PATH})
