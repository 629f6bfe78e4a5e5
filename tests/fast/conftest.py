"""Settings shared by the tests of the fast path."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _seed() -> Iterator[None]:
    """Start every test from the same random state."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield
