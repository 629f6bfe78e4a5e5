"""The fast warp equals the plain one, whatever the sizes, types, formats and parameters."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest
import torch
from torch import Tensor

from sympie_seg.enhancer import WarpParameters, warp
from sympie_seg.fast import NORMALIZED, PixelFormat, strips, workers
from sympie_seg.fast.outputs import OutputMemory
from sympie_seg.fast.pipeline import warp_pixels

SIZES = [(1, 1), (1, 7), (5, 1), (2, 2), (3, 500), (500, 3), (4, 4), (5, 5), (37, 53), (101, 30), (64, 96)]  # fmt: skip
MEAN = 255 * torch.tensor([0.485, 0.456, 0.406]).double().view(3, 1, 1)
STD = 255 * torch.tensor([0.229, 0.224, 0.225]).double().view(3, 1, 1)
FORMATS = {
    "raw rgb": PixelFormat(),
    "raw bgr": PixelFormat(rgb=False),
    "normalised": NORMALIZED,
    "caffe bgr": PixelFormat((104.0, 116.7, 122.7), (1.0, 1.0, 1.0), rgb=False),
    "minus one to one": PixelFormat((127.5,) * 3, (127.5,) * 3),
    "upside down": PixelFormat((255.0,) * 3, (-255.0,) * 3, rgb=False),
}
RAW = FORMATS["raw bgr"]


def draw(count: int = 1, scale: float = 0.3) -> WarpParameters:
    identity = WarpParameters.identity(count).to_vector()
    return WarpParameters.from_vector(identity + scale * torch.randn(identity.shape))


def draw_image(*size: int) -> Tensor:
    return torch.randint(0, 256, (3, *size), dtype=torch.uint8)


def levels(image: Tensor, form: PixelFormat) -> Tensor:
    """What `form` means, as RGB in 0..255."""
    mean, std = (torch.tensor(part).double().view(3, 1, 1) for part in (form.mean, form.std))
    image = image.double() * std + mean
    return image if form.rgb else image.flip(0)


def assert_equal(
    got: Tensor, image: Tensor, parameters: WarpParameters, source: PixelFormat, target: PixelFormat
) -> None:
    """Compare with the method as it stands in `warp`, in float64, in normalised units."""
    normalized = (levels(image, source) - MEAN) / STD
    expected = warp(normalized[None], parameters.to(dtype=torch.float64), clamp=True)[0]
    got = (levels(got, target) - MEAN) / STD
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("scale", [0.02, 0.3, 1.0])
def test_equals_the_plain_warp_at_every_size(size: tuple[int, int], scale: float) -> None:
    image, parameters = draw_image(*size), draw(1, scale)
    (got,) = warp_pixels([image], parameters, RAW, NORMALIZED)
    assert_equal(got, image, parameters, RAW, NORMALIZED)


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_equals_the_plain_warp_between_any_two_formats(source: str, target: str) -> None:
    image, parameters = torch.rand(3, 20, 31) * 4 - 2, draw()
    if source.startswith(("raw", "caffe")):
        image = image * 80 + 100
    (got,) = warp_pixels([image], parameters, FORMATS[source], FORMATS[target])
    assert got.std() > 0
    assert_equal(got, image, parameters, FORMATS[source], FORMATS[target])


def draw_point(centre: float) -> WarpParameters:
    parameters = draw()
    kernel = torch.zeros_like(parameters.kernel)
    kernel[:, 2, 2] = centre
    return WarpParameters(parameters.color_matrix, parameters.color_shift, kernel)


@pytest.mark.parametrize("centre", [1.0, 0.7, -0.4, 0.0])
@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_a_kernel_of_one_point_is_folded_into_the_colours(
    centre: float, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strips, "_STRIP_PIXELS", 100)
    image, parameters = torch.rand(3, 20, 31) * 4 - 2, draw_point(centre)
    if source.startswith(("raw", "caffe")):
        image = image * 80 + 100
    with monkeypatch.context() as no_filter:
        no_filter.setattr(strips.cv2, "filter2D", None)
        (got,) = warp_pixels([image], parameters, FORMATS[source], FORMATS[target])
    assert_equal(got, image, parameters, FORMATS[source], FORMATS[target])


@pytest.mark.parametrize("place", [(0, 0), (2, 1), (4, 2)])
def test_a_kernel_of_one_other_point_moves_the_image(place: tuple[int, int]) -> None:
    image, parameters = draw_image(20, 31), draw_point(0.0)
    parameters.kernel[0][place] = 1
    (got,) = warp_pixels([image], parameters, RAW, NORMALIZED)
    assert_equal(got, image, parameters, RAW, NORMALIZED)


def test_identity_gives_back_every_level() -> None:
    image = torch.arange(256, dtype=torch.uint8).expand(3, 2, -1)
    (got,) = warp_pixels([image], WarpParameters.identity(1), RAW, RAW)
    assert torch.equal(got.round().byte(), image)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int64, torch.float16, torch.float32])  # fmt: skip
@pytest.mark.parametrize("layout", ["planes", "pixels", "every second", "turned"])
def test_any_type_and_layout(dtype: torch.dtype, layout: str) -> None:
    image, parameters = draw_image(40, 62).to(dtype), draw()
    if layout == "pixels":
        image = image.permute(1, 2, 0).contiguous().permute(2, 0, 1)
    elif layout == "every second":
        image = image[:, ::2, ::2]
    elif layout == "turned":
        image = image.transpose(1, 2)
    before = image.clone()
    (got,) = warp_pixels([image], parameters, RAW, NORMALIZED)
    assert torch.equal(image, before)
    assert_equal(got, image, parameters, RAW, NORMALIZED)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("pixels", [1, 100, 1000])
def test_seams_and_threads_leave_no_trace(
    threads: int, pixels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strips, "_STRIP_PIXELS", pixels)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    images, parameters = [draw_image(61, 33) for _ in range(3)], draw(3)
    got = warp_pixels(images, parameters, RAW, NORMALIZED)
    for index, image in enumerate(images):
        assert_equal(got[index], image, parameters[index], RAW, NORMALIZED)


def test_sizes_may_differ_where_they_are_padded() -> None:
    sizes, parameters, target = [(3, 50), (40, 7), (1, 1)], draw(3), FORMATS["caffe bgr"]
    images = [draw_image(*size) for size in sizes]
    got = warp_pixels(images, parameters, RAW, target, (44, 52), 7.5)
    assert got.shape == (3, 3, 44, 52)
    for index, (height, width) in enumerate(sizes):
        inner = got[index, :, :height, :width]
        assert_equal(inner, images[index], parameters[index], RAW, target)
        assert (got[index, :, height:] == 7.5).all() and (got[index, :, :, width:] == 7.5).all()


def test_not_a_number_passes_like_in_the_plain_warp() -> None:
    (got,) = warp_pixels([torch.full((3, 9, 9), np.nan)], draw(), NORMALIZED, NORMALIZED)
    assert got.isnan().all()


def test_a_format_needs_three_channels() -> None:
    with pytest.raises(ValueError, match="three means"):
        PixelFormat((0.0,), (1.0,))


def test_every_piece_is_done_once_and_an_error_in_any_thread_comes_out() -> None:
    for threads in (1, 2, 4):
        done: list[int] = []
        workers.run_all(done.append, range(100), threads)
        assert sorted(done) == list(range(100))
        with pytest.raises(ZeroDivisionError):
            workers.run_all(lambda piece: 1 // (piece - 3), range(8), threads)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_starts_its_own_threads() -> None:
    workers.run_all(lambda _: None, range(4), 2)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        gate = threading.Barrier(2, timeout=20)  # passes only if two threads are at work
        try:
            workers.run_all(lambda _: gate.wait(), range(2), 2)
            os.write(writer, b"two")
        finally:
            os._exit(0)
    os.close(writer)
    assert os.read(reader, 10) == b"two"
    os.waitpid(child, 0)


VIEWS = {
    "the tensor": lambda tensor: tensor,
    "a part": lambda tensor: tensor[1, :, ::2],
    "an array": lambda tensor: tensor.numpy()[0],
    "its storage": lambda tensor: tensor.untyped_storage(),
    "another shape": lambda tensor: tensor.reshape(-1).detach(),
}


@pytest.mark.parametrize("view", VIEWS)
def test_memory_is_used_again_only_when_nobody_holds_it(view: str) -> None:
    memory = OutputMemory()
    tensor = memory.take(2, 3, 50, 60)
    address = tensor.data_ptr()
    assert tensor.shape == (2, 3, 50, 60) and tensor.is_contiguous() and address % 64 == 0
    held = VIEWS[view](tensor)
    del tensor
    assert memory.take(2, 3, 50, 60).data_ptr() != address
    del held
    again = [memory.take(2, 3, 50, 60) for _ in range(3)]
    assert address in [tensor.data_ptr() for tensor in again]
    assert len({tensor.data_ptr() for tensor in again}) == 3


def test_memory_of_another_size_is_not_used() -> None:
    memory = OutputMemory()
    del_me = memory.take(1, 3, 4, 4)
    address = del_me.data_ptr()
    del del_me
    large = memory.take(1, 3, 400, 400).fill_(1)
    assert large.data_ptr() != address and large.numel() == 480_000
    assert memory.take(1, 3, 4, 4).data_ptr() != large.data_ptr()


def test_values_of_a_held_batch_stay() -> None:
    image, parameters = draw_image(60, 70), draw()
    held = warp_pixels([image], parameters, RAW, NORMALIZED)
    copy = held.clone()
    for _ in range(4):
        warp_pixels([255 - image], parameters, RAW, NORMALIZED)
    assert torch.equal(held, copy)
