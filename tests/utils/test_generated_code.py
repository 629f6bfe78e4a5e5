"""On systems that forbid machine code made at run time, in a process of its own that gives up the right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from sympie_seg import enhance
from sympie_seg.enhancer import SyMPIE, save_enhancer
from sympie_seg.utils.generated_code import (
    has_room_for_code,
    may_write_code,
    without_onednn_if_it_fails,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs prctl")

# systemd's MemoryDenyWriteExecute=yes does the same for a service.
FORBID = """
import ctypes, sys
refuse_write_and_execute = (65, 1, 0, 0, 0)  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
if ctypes.CDLL(None).prctl(*refuse_write_and_execute):
    raise SystemExit("too old a kernel")
"""
ENHANCE = """
import numpy as np
import torch
from sympie_seg import enhance
from sympie_seg.api import estimate
from sympie_seg.utils.generated_code import has_room_for_code, may_write_code

assert not may_write_code() and has_room_for_code()
torch.set_num_threads(1)
folder = sys.argv[1]
image = np.load(f"{folder}/image.npy")
np.save(f"{folder}/bytes.npy", enhance(image, f"{folder}/enhancer.pth")[0])
np.save(f"{folder}/floats.npy", enhance(np.float32(image) / 255, f"{folder}/enhancer.pth")[0])
np.save(f"{folder}/numbers.npy", estimate(image, f"{folder}/enhancer.pth").to_vector().numpy())
assert torch.backends.mkldnn.enabled
"""
COMMAND = """
from sympie_seg.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def run(code: str, *words: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", FORBID + code, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "too old a kernel" in done.stderr:
        pytest.skip("the kernel is older than 6.3")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture
def enhancer(tmp_path: Path) -> SyMPIE:
    torch.manual_seed(3)
    enhancer = SyMPIE(thumbnail_resize=48, thumbnail_crop=44)
    with torch.no_grad():
        enhancer.nem.out.weight.normal_(0, 0.02)
    save_enhancer(tmp_path / "enhancer.pth", enhancer, {})
    return enhancer.eval()


def test_images_are_enhanced_as_elsewhere(tmp_path: Path, enhancer: SyMPIE) -> None:
    image = np.random.default_rng(0).integers(0, 256, (60, 83, 3), np.uint8)
    np.save(tmp_path / "image.npy", image)
    run(ENHANCE, tmp_path)
    enhanced, parameters = enhance(image, enhancer)
    assert parameters is not None and np.abs(np.int16(enhanced) - image).mean() > 1
    assert np.abs(np.int16(np.load(tmp_path / "bytes.npy")) - enhanced).max() <= 1
    floats, _ = enhance(np.float32(image) / 255, enhancer)
    np.testing.assert_allclose(np.load(tmp_path / "floats.npy"), floats, rtol=0, atol=1e-4)
    numbers = np.load(tmp_path / "numbers.npy")
    np.testing.assert_allclose(numbers, parameters.to_vector(), rtol=0, atol=1e-4)


def test_the_commands_say_so_and_work(tmp_path: Path, enhancer: SyMPIE) -> None:
    (tmp_path / "in").mkdir()
    deep = np.random.default_rng(0).integers(0, 65536, (40, 50, 3), np.uint16)
    cv2.imwrite(str(tmp_path / "in" / "deep.png"), deep)
    words = ["enhance", tmp_path / "in", tmp_path / "out", "--enhancer", tmp_path / "enhancer.pth"]  # fmt: skip
    done = run(COMMAND, *words)
    assert "without oneDNN" in done.stderr and "1 enhanced into" in done.stdout
    written = cv2.imread(str(tmp_path / "out" / "deep.png"), cv2.IMREAD_UNCHANGED)
    expected, _ = enhance(deep, enhancer, order="bgr")
    assert np.abs(np.int32(written) - expected).max() <= 8


def test_nothing_changes_where_code_may_be_written() -> None:
    assert has_room_for_code() and may_write_code()
    with without_onednn_if_it_fails():
        assert torch.backends.mkldnn.enabled
