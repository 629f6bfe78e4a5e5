"""`sympie_seg.enhance`: every kind of image against the enhancer called by hand, and without mmseg."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import sympie_seg
from sympie_seg import api
from sympie_seg.enhancer import SyMPIE, load_enhancer
from sympie_seg.enhancer.shipped import DEFAULT
from sympie_seg.fast import pipeline

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
FAST = 1e-4 * STD.max()
"""What the fast path may differ by, of values in [0, 1]."""


@pytest.fixture(scope="module")
def enhancer(enhancer_file: Path) -> SyMPIE:
    return load_enhancer(enhancer_file)[0].eval()


def picture(height: int = 50, width: int = 70, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def same_but_for_rounding(one: np.ndarray, other: np.ndarray) -> bool:
    """Equal, but for the rare value in the middle of two levels."""
    apart = np.abs(one.astype(int) - other.astype(int))
    return apart.max() <= 1 and (apart > 0).mean() < 1e-3


def by_hand(enhancer: SyMPIE, rgb: np.ndarray) -> np.ndarray:
    """What the method says, for RGB in [0, 1]: normalise, enhance, take the normalisation back."""
    normalized = torch.from_numpy(((rgb - MEAN) / STD).transpose(2, 0, 1)[None]).float()
    with torch.no_grad():
        enhanced = enhancer(normalized)[0].permute(1, 2, 0).double().numpy()
    return (enhanced * STD + MEAN).clip(0, 1)


class TestStrength:
    """0 changes no bit, 1 is what comes without, and the parameters that come back are those applied."""

    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32", "float64", ">f4"])
    @pytest.mark.parametrize("own", [True, False])
    def test_0_returns_the_images_bit_for_bit(self, enhancer, dtype: str, own: bool):
        image = (picture() * {"uint8": 1.0, "uint16": 257.0}.get(dtype, 1 / 254.9)).astype(dtype)
        off = copy.deepcopy(enhancer)
        off.strength = 0.0 if own else 1.0
        options = {} if own else {"strength": 0}
        enhanced, parameters = sympie_seg.enhance(image, off, order="bgr", **options)
        assert enhanced is not image and enhanced.dtype == image.dtype
        assert enhanced.tobytes() == image.tobytes()
        assert parameters.distance_to_identity() == 0
        tensors = [torch.rand(3, 40, 50), torch.rand(3, 60, 30).half()]
        for got, wanted in zip(
            sympie_seg.enhance(tensors, off, **options)[0], tensors, strict=True
        ):
            assert torch.equal(got, wanted) and got.data_ptr() != wanted.data_ptr()

    def test_1_is_what_comes_without(self, enhancer):
        for images in (picture(), [picture(), picture(40, 90)], torch.rand(2, 3, 50, 60)):
            one, _ = sympie_seg.enhance(images, enhancer, strength=1)
            without, _ = sympie_seg.enhance(images, enhancer)
            pairs = zip(one, without, strict=True)
            assert all((np.asarray(a) == np.asarray(b)).all() for a, b in pairs)

    @pytest.mark.parametrize("strength", [0.5, 1.4])
    def test_between_and_beyond(self, enhancer, strength: float):
        image, moved = picture(), copy.deepcopy(enhancer)
        moved.strength = strength
        enhanced, parameters = sympie_seg.enhance(image, enhancer, strength=strength)
        expected = by_hand(moved, image / 255)
        assert np.abs(enhanced / 255 - expected).max() <= 0.5 / 255 + FAST
        assert np.array_equal(sympie_seg.enhance(image, moved)[0], enhanced)
        plain = api.estimate(image, enhancer)
        assert parameters.distance_to_identity() == pytest.approx(
            strength * plain.distance_to_identity().item(), rel=1e-4
        )
        assert enhancer.strength == 1, "left as it was"
        again = api.estimate(image, moved, strength=1)
        assert torch.equal(again.to_vector(), plain.to_vector())
        given, applied = sympie_seg.enhance(image, moved, parameters=plain, strength=strength)
        assert np.array_equal(given, enhanced)
        assert torch.equal(applied.to_vector(), parameters.to_vector())
        kept, _ = sympie_seg.enhance(image, moved, parameters=plain)
        assert np.array_equal(kept, sympie_seg.enhance(image, enhancer)[0]), "as they are"

    @pytest.mark.parametrize("strength", [-0.01, 2.01, float("nan")])
    def test_out_of_range(self, enhancer, strength: float):
        with pytest.raises(ValueError, match=r"strength in \[0, 2\]"):
            sympie_seg.enhance(picture(), enhancer, strength=strength)
        with pytest.raises(ValueError, match=r"strength in \[0, 2\]"):
            api.estimate(picture(), enhancer, strength=strength)

    def test_others_have_none(self):
        with pytest.raises(ValueError, match="Identity takes no strength, only SyMPIE does"):
            sympie_seg.enhance(picture(), nn.Identity(), strength=1)


class TestFastPath:
    """8-bit images go from bytes to bytes in one pass, and come out as the plain modules give them."""

    CASES = (
        picture(120, 90), np.stack([picture(seed=s) for s in (1, 2)]), picture()[::2, 3:, ::-1],
        torch.from_numpy(picture(40, 60)).permute(2, 0, 1), torch.from_numpy(picture(40, 60)).permute(2, 0, 1).clone(),
        [picture(), picture(30, 90)], (picture(33, 20), torch.zeros(3, 9, 7, dtype=torch.uint8)),
    )  # fmt: skip

    @pytest.mark.parametrize("images", CASES)
    @pytest.mark.parametrize("order", ["rgb", "bgr"])
    @pytest.mark.parametrize("strength", [None, 1.4])
    def test_equals_the_plain_modules(
        self, enhancer, images, order: str, strength: float | None, monkeypatch
    ):
        calls, real = [], pipeline.warp_planes
        monkeypatch.setattr(pipeline, "warp_planes", lambda *a: calls.append(1) or real(*a))
        options = dict(order=order, strength=strength)
        fast, parameters = sympie_seg.enhance(images, enhancer, **options)
        assert calls, "the fast path was taken"
        again, _ = sympie_seg.enhance(images, enhancer, parameters=parameters, order=order)
        alone = api.estimate(images, enhancer, **options)
        plain = copy.deepcopy(enhancer)
        plain.fast = False
        calls.clear()
        wanted, expected = sympie_seg.enhance(images, plain, **options)
        assert not calls
        torch.testing.assert_close(parameters.to_vector(), expected.to_vector(), rtol=0, atol=1e-4)
        assert torch.equal(alone.to_vector(), parameters.to_vector())
        several = isinstance(images, (list, tuple))
        assert type(fast) is type(images)
        every = (fast, wanted, again, images)
        for one, other, third, image in zip(*every, strict=True) if several else [every]:
            assert type(one) is type(image) and one.dtype == image.dtype
            assert one.shape == image.shape
            assert same_but_for_rounding(np.asarray(one), np.asarray(other))
            assert np.array_equal(np.asarray(one), np.asarray(third)), "given parameters: the same"

    def test_other_types_keep_the_plain_warp(self, enhancer, monkeypatch):
        monkeypatch.setattr(pipeline, "warp_planes", lambda *a: pytest.fail("fast"))
        sympie_seg.enhance(picture() / 255, enhancer)
        sympie_seg.enhance(picture().astype(np.uint16), enhancer)
        sympie_seg.enhance(picture(), enhancer, strength=0)


class TestImages:
    @pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32", "float64", ">f4"])
    def test_numpy_types(self, enhancer, dtype: str):
        values = picture() / 255
        scale = {"uint8": 255, "uint16": 65535}.get(dtype, 1)
        image = (values * scale).round().astype(dtype) if scale > 1 else values.astype(dtype)
        before = image.copy()
        enhanced, parameters = sympie_seg.enhance(image, enhancer)
        assert enhanced.dtype == image.dtype and enhanced.shape == image.shape
        assert np.array_equal(image, before), "the input was changed"
        expected = by_hand(enhancer, image.astype(np.float64) / scale)
        tolerance = {"uint8": 0.5 / 255 + FAST, "uint16": 1e-5, "float16": 5e-4}.get(dtype, 1e-6)
        assert np.abs(enhanced / scale - expected).max() <= tolerance
        assert len(parameters) == 1 and parameters.distance_to_identity() > 0

    def test_integers_are_rounded_and_limited(self):
        class Halves(nn.Module):
            def forward(self, images):
                mean, std = (torch.tensor(v).view(3, 1, 1).float() for v in (MEAN, STD))
                levels = torch.tensor([0.5, 1.5, 2.5, 300.0, -9.0]) / 255
                return ((levels - mean) / std).expand(1, 3, 1, 5).double()

        enhanced, parameters = sympie_seg.enhance(np.zeros((1, 5, 3), np.uint8), Halves())
        assert parameters is None
        assert set(enhanced[0, 3].tolist()) == {255} and set(enhanced[0, 4].tolist()) == {0}
        assert (np.abs(enhanced[0, :3, 0].astype(float) - [0.5, 1.5, 2.5]) <= 0.5).all()

    def test_bgr(self, enhancer):
        image = picture()
        rgb, _ = sympie_seg.enhance(image, enhancer)
        bgr, _ = sympie_seg.enhance(image[..., ::-1], enhancer, order="bgr")
        assert same_but_for_rounding(bgr[..., ::-1], rgb)
        wrong, _ = sympie_seg.enhance(image[..., ::-1], enhancer)
        assert not np.array_equal(wrong[..., ::-1], rgb)

    def test_torch_equals_numpy(self, enhancer):
        batch = np.stack([picture(seed=seed) for seed in range(3)])
        arrays, expected = sympie_seg.enhance(batch, enhancer)
        tensors, parameters = sympie_seg.enhance(
            torch.from_numpy(batch).permute(0, 3, 1, 2), enhancer
        )
        assert tensors.dtype == torch.uint8 and tensors.shape == (3, 3, 50, 70)
        assert np.array_equal(tensors.permute(0, 2, 3, 1).numpy(), arrays)
        assert torch.equal(parameters.to_vector(), expected.to_vector())
        single, _ = sympie_seg.enhance(torch.from_numpy(batch[0]).permute(2, 0, 1), enhancer)
        assert single.shape == (3, 50, 70)
        assert (single.int() - tensors[0].int()).abs().max() <= 1

    def test_lists_of_any_sizes(self, enhancer):
        images = [picture(50, 70), picture(33, 41, 1), picture(50, 70, 2), picture(1, 5, 3)]
        enhanced, parameters = sympie_seg.enhance(images, enhancer)
        assert isinstance(enhanced, list) and len(parameters) == 4
        for image, one in zip(images, enhanced, strict=True):
            alone, _ = sympie_seg.enhance(image, enhancer)
            assert one.shape == image.shape
            assert np.abs(one.astype(int) - alone.astype(int)).max() <= 1
        mixed, _ = sympie_seg.enhance((images[0], torch.zeros(3, 9, 9)), enhancer)
        assert isinstance(mixed, tuple)
        assert isinstance(mixed[0], np.ndarray) and isinstance(mixed[1], torch.Tensor)
        assert sympie_seg.enhance([], enhancer)[0] == []

    def test_given_parameters(self, enhancer):
        image = picture()
        expected, parameters = sympie_seg.enhance(image, enhancer)
        assert torch.equal(api.estimate(image, enhancer).to_vector(), parameters.to_vector())
        again, _ = sympie_seg.enhance(image, enhancer, parameters=parameters)
        assert np.array_equal(again, expected)

    @pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
    def test_cuda(self, enhancer_file):
        image = picture()
        expected, _ = sympie_seg.enhance(image, enhancer_file)
        on_cuda, parameters = sympie_seg.enhance(image, enhancer_file, device="cuda")
        assert parameters.kernel.is_cuda
        assert np.abs(on_cuda.astype(int) - expected.astype(int)).max() <= 1


class TestEnhancers:
    def test_module_is_left_as_it_was(self, enhancer_file):
        module = load_enhancer(enhancer_file)[0].train()
        module.nem.backbone[1].eval()
        state = {key: value.clone() for key, value in module.state_dict().items()}
        from_module, _ = sympie_seg.enhance(picture(), module)
        assert module.training and not module.nem.backbone[1].training
        assert all(torch.equal(value, state[key]) for key, value in module.state_dict().items())
        from_file, _ = sympie_seg.enhance(picture(), enhancer_file)
        assert np.array_equal(from_module, from_file)

    def test_file_is_read_again_when_it_changes(self, enhancer_file, tmp_path):
        path = tmp_path / "enhancer.pth"
        path.write_bytes(enhancer_file.read_bytes())
        first = api._module(path, None, picture())
        assert api._module(path, None, picture()) is first
        sympie_seg.enhancer.save_enhancer(path, SyMPIE(thumbnail_resize=48, thumbnail_crop=48))
        unchanged, _ = sympie_seg.enhance(picture(), path)
        assert np.array_equal(unchanged, picture()), "identity"

    def test_shipped_one_by_default(self, monkeypatch, tmp_path):
        assert api.default_enhancer().name == f"sympie_{DEFAULT}.pth"
        monkeypatch.setattr("sympie_seg.enhancer.shipped._PACKAGE", tmp_path / "sympie_seg")
        with pytest.raises(FileNotFoundError, match=f"the shipped enhancer '{DEFAULT}' is neither"):
            sympie_seg.enhance(picture())

    def test_classical(self):
        from sympie_seg.models import ClaheEnhancer

        enhanced, parameters = sympie_seg.enhance(picture(), ClaheEnhancer())
        assert parameters is None and not np.array_equal(enhanced, picture())
        with pytest.raises(TypeError, match="ClaheEnhancer estimates no parameters"):
            api.estimate(picture(), ClaheEnhancer())


class TestErrors:
    @pytest.mark.parametrize(
        ("image", "error", "message"),
        [
            (np.zeros((9, 9), np.uint8), ValueError, r"\(H, W, 3\).*got \(9, 9\); repeat a grey"),
            (np.zeros((9, 9, 4), np.uint8), ValueError, "take an alpha channel off"),
            (torch.zeros(9, 9, 3), ValueError, r"\(3, H, W\) or \(N, 3, H, W\) as Tensor"),
            ([np.zeros((2, 9, 9, 3), np.uint8)], ValueError, "in a list"),
            (np.zeros((9, 9, 3), np.int32), TypeError, "got torch.int32"),
            (np.full((9, 9, 3), 200.0), ValueError, r"in \[0, 1\], got values from 200 to 200"),
            (np.full((9, 9, 3), np.nan), ValueError, "nan"),
            ("a.png", TypeError, "got str"),
        ],
    )  # fmt: skip
    def test_bad_images(self, enhancer, image, error, message):
        with pytest.raises(error, match=message):
            sympie_seg.enhance(image, enhancer)

    def test_bad_arguments(self, enhancer, tmp_path):
        with pytest.raises(ValueError, match=r"order.*'hsv'"):
            sympie_seg.enhance(picture(), enhancer, order="hsv")
        with pytest.raises(ValueError, match="move the module"):
            sympie_seg.enhance(picture(), enhancer, device="cpu")
        with pytest.raises(FileNotFoundError, match=r"none\.pth"):
            sympie_seg.enhance(picture(), tmp_path / "none.pth")


HIDDEN = """
import sys

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("mmseg", "mmengine", "mmcv", "mmpretrain"):
            raise {error}

sys.meta_path.insert(0, Hide())
import numpy as np
import sympie_seg
image = np.full((50, 70, 3), 90, np.uint8)
enhanced, parameters = sympie_seg.enhance(image, sys.argv[1])
print(enhanced.shape, len(parameters), sorted(m for m in sys.modules if m[:3] in ("mms", "mme", "mmc")))
import torch
network = sympie_seg.EnhancedNetwork(torch.nn.Conv2d(3, 2, 1).eval(), sys.argv[1])
print(network(torch.zeros(1, 3, 50, 70)).shape)
try:
    sympie_seg.models
except ImportError as error:
    print(error)
"""


class TestWithoutMmseg:
    """In a process of its own, where nothing of OpenMMLab can be imported."""

    def start(self, error: str, enhancer_file: Path) -> subprocess.CompletedProcess[str]:
        code = HIDDEN.format(error=error)
        command = [sys.executable, "-c", code, str(enhancer_file)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_absent(self, enhancer_file):
        error = 'ModuleNotFoundError(f"No module named {name!r}", name=name)'
        done = self.start(error, enhancer_file)
        assert done.returncode == 0 and done.stderr == "", done.stderr
        assert "(50, 70, 3) 1 []" in done.stdout
        assert "torch.Size([1, 2, 50, 70])" in done.stdout
        assert "sympie_seg.models needs mmseg, mmengine and mmcv" in done.stdout
        assert "sympie-seg doctor" in done.stdout

    def test_broken(self, enhancer_file):
        done = self.start("AssertionError('MMCV==2.2.0 is used')", enhancer_file)
        assert done.returncode == 0, done.stderr
        assert "UserWarning: the mmseg side of sympie_seg is off, AssertionError" in done.stderr
        assert "(50, 70, 3) 1 []" in done.stdout

    def test_broken_where_a_config_wants_it(self, enhancer_file):
        """With mmengine loaded somebody reads a config: the error comes at once, as before."""
        code = "import sys, mmengine\nsys.modules['mmseg'] = None\nimport sympie_seg\n"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.returncode == 1 and "mmseg" in done.stderr.splitlines()[-1]


def test_read_only_images_give_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    """A memory map, or an array of another library: torch would warn of writing, which nobody does."""
    image = np.full((48, 64, 3), 90, np.uint8)
    expected, _ = api.enhance(image, SyMPIE(thumbnail_resize=48, thumbnail_crop=48))
    image.flags.writeable = False
    enhanced, _ = api.enhance(image, SyMPIE(thumbnail_resize=48, thumbnail_crop=48))
    assert np.array_equal(enhanced, expected)
    assert not [one for one in recwarn if "writ" in str(one.message)]
