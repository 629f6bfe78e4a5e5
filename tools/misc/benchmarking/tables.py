"""The measurements as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarking.cases import STAGES, VARIANTS
from sympie_seg.utils.tables import markdown_table

__all__ = ["goals", "tables"]

DWM_GOAL, PLUG_IN_GOAL, SHARE_GOAL = 15, 5, 1.0
DIFFERENCE_GOAL = 1e-4


def tables(result: dict[str, Any]) -> str:
    """Lay out operations and times in Markdown; ratios are those of the plain variant to the fast one."""
    parts = [
        f"{result['machine']}; {result['date']}; NEM and DWM: {result['parameters']['enhancer']:,} parameters",
        _operations(result),
    ]
    parts += [_case(case) for case in result["cases"]]
    return "\n\n".join(parts)


def goals(result: dict[str, Any]) -> list[tuple[str, float, bool]]:
    """Compare with what was to be reached on two CPU cores.

    Returns:
        What, the value, and whether it was reached; what was not measured is left out.
    """
    rows = []
    cases = [case for case in result["cases"] if case["device"] == "cpu"]
    for case in cases:
        size, stages = (case["width"], case["height"], case["batch"]), case["stages"]
        if size == (1920, 1080, 1):
            ratio = stages["DWM"]["plain"]["ratio"]
            rows.append(
                (f"DWM at 1920x1080, x faster than plain (>= {DWM_GOAL})", ratio, ratio >= DWM_GOAL)
            )
            ratio = stages["plug-in"]["plain"]["ratio"]
            rows.append(
                (
                    f"plug-in at 1920x1080, x faster than plain (>= {PLUG_IN_GOAL})",
                    ratio,
                    ratio >= PLUG_IN_GOAL,
                )
            )
        if size == (1024, 512, 1) and case["network_ms"]:
            share = _share(case)
            rows.append(
                (
                    f"plug-in at 1024x512, % of the network's time (<= {SHARE_GOAL:g})",
                    share,
                    share <= SHARE_GOAL,
                )
            )
        if case["batch"] != cases[0]["batch"]:
            name = f"{_name(case)}, x faster per image than batch {cases[0]['batch']} (>= 1)"
            rows.append((name, case["per_image_ratio"], case["per_image_ratio"] >= 1))
    worst = max(case["largest_difference"] for case in result["cases"])
    rows.append(
        (
            f"fast and plain differ by at most (<= {DIFFERENCE_GOAL:g})",
            worst,
            worst <= DIFFERENCE_GOAL,
        )
    )
    return rows


def _operations(result: dict[str, Any]) -> str:
    columns = ("nem", "dwm", "total", "network")
    rows = [
        ["{}x{}".format(*entry["size"]), *(_billions(entry.get(column)) for column in columns)]
        for entry in result["operations"]
    ]
    return markdown_table(["GFLOP an image", "NEM", "DWM", "total", "network"], rows)


def _billions(value: int | None) -> str:
    return "-" if value is None else f"{value / 1e9:.2f}"


def _case(case: dict[str, Any]) -> str:
    head = [
        "stage",
        *(f"{name}, ms (MB)" for name in VARIANTS),
        "plain / fast",
        "one by one / fast",
    ]
    rows = [_stage(name, case["stages"][name]) for name in STAGES]
    notes = [f"memory copy {case['copy_ms']:.2f} ms, the fast DWM takes {_copies(case):.1f} copies"]
    if case["network_ms"]:
        notes.append(
            f"the network {case['network_ms']:.0f} ms an image, the plug-in {_share(case):.2f} % of it"
        )
    notes.append(f"fast and plain differ by {case['largest_difference']:.1e} at most")
    title = f"**{_name(case)}** on {case['device']}, {case['rounds']} rounds"
    return f"{title}\n\n{markdown_table(head, rows)}\n\n{'; '.join(notes)}."


def _stage(name: str, variants: dict[str, Any]) -> Sequence[Any]:
    cells = [f"{variants[v]['ms']:.2f} ({_megabytes(variants[v]['peak_mb'])})" for v in VARIANTS]
    ratios = [f"{variants[v]['ratio']:.1f}x" for v in VARIANTS if v != "fast"]
    return [name, *cells, *ratios]


def _megabytes(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _copies(case: dict[str, Any]) -> float:
    return case["stages"]["DWM"]["fast"]["ms"] / case["copy_ms"]


def _share(case: dict[str, Any]) -> float:
    return 100 * case["stages"]["plug-in"]["fast"]["ms"] / case["batch"] / case["network_ms"]


def _name(case: dict[str, Any]) -> str:
    return f"{case['width']}x{case['height']}, batch {case['batch']}"
