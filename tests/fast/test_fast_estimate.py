"""The fast thumbnail and the folded NEM equal the plain ones, also after the weights have changed."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from sympie_seg.enhancer import NoiseEstimationModule, make_thumbnail
from sympie_seg.enhancer.normalization import normalize
from sympie_seg.fast import NORMALIZED, PixelFormat, folded_nem
from sympie_seg.fast.folded_nem import predict
from sympie_seg.fast.thumbnail import thumbnails_of

SIZES = [(1, 1), (1, 9), (3, 500), (900, 2), (224, 224), (232, 232), (224, 225), (101, 57), (601, 377)]  # fmt: skip


@pytest.fixture(scope="module")
def trained() -> NoiseEstimationModule:
    """A NEM whose BatchNorm statistics and weights are none of the defaults."""
    torch.manual_seed(1)
    nem = NoiseEstimationModule("random")
    with torch.no_grad():
        for module in nem.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.3)
                module.running_mean.normal_(0, 0.3)
                module.running_var.uniform_(0.3, 2)
    return nem.eval()


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("rgb", [True, False])
def test_thumbnail_equals_the_plain_one(size: tuple[int, int], rgb: bool) -> None:
    image = torch.randint(0, 256, (3, *size), dtype=torch.uint8)
    colours = image if rgb else image.flip(0)
    expected = make_thumbnail(normalize(colours[None].float() / 255))
    got = thumbnails_of([image], PixelFormat(rgb=rgb), 232, 224)
    torch.testing.assert_close(got, expected, rtol=0, atol=5e-6)


def test_thumbnails_of_several_sizes_and_other_lengths() -> None:
    images = [torch.randn(3, 70, 90), torch.randn(3, 44, 44), torch.randn(3, 61, 200)]
    expected = torch.cat([make_thumbnail(image[None], 48, 44) for image in images])
    got = thumbnails_of(images, NORMALIZED, 48, 44)
    torch.testing.assert_close(got, expected, rtol=0, atol=5e-6)


_WITHOUT_GENERATED_CODE = """
import resource
import torch
from sympie_seg.enhancer import make_thumbnail
from sympie_seg.fast import NORMALIZED
from sympie_seg.utils.generated_code import has_room_for_code
from sympie_seg.fast.thumbnail import thumbnails_of

torch.set_num_threads(1)
image = torch.randn(3, 70, 91)
expected = make_thumbnail(image[None], 48, 44)
assert has_room_for_code()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 100_000,) * 2)
assert not has_room_for_code()
torch.testing.assert_close(thumbnails_of([image], NORMALIZED, 48, 44), expected, rtol=0, atol=5e-6)
print("equal")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited as on Linux")
def test_thumbnail_where_no_code_can_be_generated() -> None:
    # The kernel of embedding_bag for a new width would end the process: "Error: in fn add", segmentation fault.
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_GENERATED_CODE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "equal\n"), done.stdout + done.stderr


@pytest.mark.parametrize("side", [43, 44, 45, 46, 100, 224, 227])
@pytest.mark.parametrize("count", [1, 3])
@torch.no_grad()
def test_prediction_equals_the_modules(side: int, count: int, trained: nn.Module) -> None:
    thumbnails = torch.randn(count, 3, side, side)
    expected = trained(thumbnails)
    assert expected.std(dim=1).min() > 0.01
    torch.testing.assert_close(predict(trained, thumbnails), expected, rtol=0, atol=1e-5)
    assert trained in folded_nem._known


@torch.no_grad()
def test_prediction_without_onednn(trained: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    thumbnails, own = torch.randn(1, 3, 60, 60), copy.deepcopy(trained)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    torch.testing.assert_close(predict(own, thumbnails), trained(thumbnails), rtol=0, atol=1e-5)


CHANGES: dict[str, Callable[[nn.Module], object]] = {
    "a weight in place": lambda nem: nem.backbone[3].conv2.weight.mul_(1.5),
    "one number in place": lambda nem: nem.backbone[3].conv1.weight[5, 6, 1].add_(3),
    "a weight's data": lambda nem: nem.backbone[0].weight.data.mul_(1.5),
    "a statistic": lambda nem: nem.backbone[5].bn2.running_var.mul_(1.5),
    "a statistic's data": lambda nem: nem.backbone[4].bn1.running_mean.data.add_(1.5),
    "the last layer": lambda nem: nem.out.bias.mul_(1.5),
    "another last layer": lambda nem: setattr(nem, "out", nn.Linear(512, 37)),
    "load_state_dict": lambda nem: nem.load_state_dict(
        NoiseEstimationModule("random").state_dict()
    ),
    "another parameter": lambda nem: setattr(
        nem.backbone[0], "weight", nn.Parameter(nem.backbone[0].weight * 2)
    ),
    "channels last, then data": lambda nem: (
        nem.to(memory_format=torch.channels_last).backbone[3].conv1.weight.data.mul_(1.5)
    ),
    "another type and back": lambda nem: nem.to(torch.bfloat16).to(torch.float32),
}


@pytest.mark.parametrize("change", CHANGES)
@torch.no_grad()
def test_changed_weights_are_noticed(change: str, trained: nn.Module) -> None:
    nem, thumbnails = copy.deepcopy(trained), torch.randn(1, 3, 64, 64)
    before = predict(nem, thumbnails)
    CHANGES[change](nem)
    after = predict(nem, thumbnails)
    assert (after - before).abs().max() > 1e-5
    torch.testing.assert_close(after, nem(thumbnails), rtol=0, atol=5e-6)


@torch.no_grad()
def test_nothing_is_folded_twice_or_kept_for_nobody(trained: nn.Module) -> None:
    nem, thumbnails = copy.deepcopy(trained), torch.randn(1, 3, 64, 64)
    keys = set(nem.state_dict())
    predict(nem, thumbnails)
    folded, count = folded_nem._known[nem], len(folded_nem._known)
    predict(nem, thumbnails)
    assert folded_nem._known[nem] is folded
    assert set(nem.state_dict()) == keys
    assert copy.deepcopy(nem) not in folded_nem._known
    del nem
    assert len(folded_nem._known) == count - 1


class Doubled(NoiseEstimationModule):
    """A user's own NEM."""

    def forward(self, thumbnail: Tensor) -> Tensor:
        return 2 * super().forward(thumbnail)


def _hooked() -> nn.Module:
    nem = NoiseEstimationModule("random")
    nem.backbone[3].register_forward_hook(lambda module, inputs, output: output * 2)
    return nem.eval()


def _other_part() -> nn.Module:
    nem = NoiseEstimationModule("random")
    nem.backbone[2] = nn.LeakyReLU()
    return nem.eval()


OTHERS: dict[str, Callable[[], nn.Module]] = {
    "a subclass": lambda: Doubled("random").eval(),
    "a hook": _hooked,
    "another part": _other_part,
    "training": lambda: NoiseEstimationModule("random"),
    "float64": lambda: NoiseEstimationModule("random").double().eval(),
}


@pytest.mark.parametrize("kind", OTHERS)
@torch.no_grad()
def test_other_modules_are_called_themselves(kind: str) -> None:
    nem = OTHERS[kind]()
    thumbnails = torch.randn(2, 3, 64, 64, dtype=next(nem.parameters()).dtype)
    twin = copy.deepcopy(nem)
    assert torch.equal(predict(nem, thumbnails), twin(thumbnails))
    assert nem not in folded_nem._known


@torch.no_grad()
def test_autocast_is_the_modules_own_business(trained: nn.Module) -> None:
    thumbnails = torch.randn(1, 3, 64, 64)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(predict(trained, thumbnails), trained(thumbnails))
