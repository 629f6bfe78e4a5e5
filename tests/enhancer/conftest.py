"""Settings shared by the tests of the enhancer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from sympie_seg.enhancer import SyMPIE
from sympie_seg.export.colours import Colours
from sympie_seg.export.enhancer import ExportableEnhancer
from sympie_seg.fast.affine import NORMALIZED
from sympie_seg.fast.pipeline import enhance_pixels

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seed() -> Iterator[None]:
    """Start every test from the same random state."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.fixture
def run_tool(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a file of ``tools/misc``, by its name, in the test's folder."""
    folder = Path(__file__).resolve().parents[2] / "tools" / "misc"

    def run(name: str, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(folder / f"{name}.py"), *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    return run


@pytest.fixture
def images() -> Tensor:
    """Three normalised pictures."""
    return torch.randn(3, 3, 60, 80).clamp(-1.5, 1.5)


@pytest.fixture
def check_every_way(images: Tensor) -> Callable[[SyMPIE], None]:
    """Compare the fast path and exported graphs with the plain modules."""

    def check(module: SyMPIE) -> None:
        with torch.no_grad():
            plain = module(images)
            numbers = module.estimate(images).to_vector()
            fast = enhance_pixels(module, list(images), NORMALIZED, NORMALIZED)
            assert fast is not None and isinstance(fast.pixels, Tensor)
            torch.testing.assert_close(fast.pixels, plain, rtol=0, atol=1e-4)
            for as_operator in (False, True):
                exportable = ExportableEnhancer(
                    module, Colours.imagenet("rgb"), as_operator=as_operator
                )
                pixels, parameters = exportable(images)
                torch.testing.assert_close(parameters, numbers, rtol=0, atol=1e-4)
                torch.testing.assert_close(pixels, plain, rtol=0, atol=1e-4)
            recorded = torch.export.export(exportable.eval(), (images,)).module()
            torch.testing.assert_close(recorded(images)[1], numbers, rtol=0, atol=1e-4)

    return check
