"""Names of a grid's cells."""

from __future__ import annotations

import pytest

from sympie_seg.corruptions import CORRUPTIONS, GridName


def test_there_and_back() -> None:
    for name in (*CORRUPTIONS, "with-hyphen", "a-3"):
        for severity in range(1, 6):
            cell = GridName(name, severity)
            assert str(cell) == f"{cell}" == f"{name}-{severity}"
            assert GridName.parse(str(cell)) == cell


@pytest.mark.parametrize(
    "name", ["clean", "fog", "fog-0", "fog-6", "fog-33", "-3", "fog-3 ", "fog_3", ""]
)
def test_other_conditions_are_no_cells(name: str) -> None:
    assert GridName.parse(name) is None
