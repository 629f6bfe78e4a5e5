"""Imports go down only: the floors of the package in order, no import from a lower one to a higher one, no circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "sympie_seg"

# From the lowest. A module stands on the floor with the longest name that begins its own; above all is the package
# itself.
FLOORS = (
    "version",
    "moved",
    "environment",
    "utils",
    "upstream",
    "enhancer",
    "fast",
    "api",
    "enhancing",
    "enhanced_network",
    "students",
    "corruptions",
    "datasets",
    "streets",
    "models.frozen",
    "models",
    "visualization",
    "engine.processes",
    # The numbered draws stand alone; the loop and the runner of this folder know the hooks.
    "engine.resuming.randomness",
    "engine.resuming.stop_request",
    "engine.resuming.numbered_draws",
    "engine.hooks",
    "engine.resuming",
    "engine",
    "classification",
    "plugging",
    "submission",
    "metrics",
    "comparison",
    "export",
    "report",
    "demos",
    "app",
    "cli",
)
ROOF = "(package)"

Graph = dict[str, set[str]]


def modules_in(package: Path) -> dict[str, Path]:
    """Every module by its dotted name."""
    modules = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


def imported_names(tree: ast.AST, module: str, is_package: bool) -> Iterator[tuple[str, str]]:
    """(module, name) of every import, wherever it stands: in functions, under TYPE_CHECKING, as a call."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((source, alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in ("import_module", "__import__"):
                yield str(node.args[0].value), ""


def import_graph(package: Path) -> Graph:
    """For every module those of the package that it names; ``from package import module`` means the module."""
    modules = modules_in(package)
    graph: Graph = {}
    for module, path in modules.items():
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        graph[module] = set()
        for source, name in imported_names(tree, module, path.name == "__init__.py"):
            wanted = f"{source}.{name}" if f"{source}.{name}" in modules else source
            if wanted.split(".")[0] == package.name:
                assert wanted in modules, f"{module} imports {wanted}, which does not exist"
                graph[module].add(wanted)
    return graph


def floor_of(module: str) -> str:
    """The floor on which a module stands."""
    inner = module.partition(".")[2]
    own = [name for name in FLOORS if f"{inner}.".startswith(f"{name}.")]
    assert own or not inner, f"{module} stands on no floor: add it to FLOORS"
    return max(own, key=len, default=ROOF)


def arrows_up(graph: Graph) -> list[tuple[str, str]]:
    """Imports from a lower floor to a higher one."""
    height = {name: number for number, name in enumerate((*FLOORS, ROOF))}
    return [
        (module, other)
        for module, others in graph.items()
        for other in sorted(others)
        if height[floor_of(module)] < height[floor_of(other)]
    ]


def circles(graph: Graph) -> list[list[str]]:
    """Groups of modules each of which reaches every other one (Tarjan's strongly connected components)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    components: list[list[str]] = []

    def visit(module: str) -> None:
        number[module] = lowest[module] = len(number)
        stack.append(module)
        for other in graph[module]:
            if other not in number:
                visit(other)
            if other in stack:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == number[module]:
            start = stack.index(module)
            group = stack[start:]
            del stack[start:]
            if len(group) > 1 or module in graph[module]:
                components.append(sorted(group))

    for module in graph:
        if module not in number:
            visit(module)
    return components


@pytest.fixture(scope="module")
def graph() -> Graph:
    return import_graph(PACKAGE)


def test_every_floor_is_used(graph: Graph) -> None:
    assert set(FLOORS) == {floor_of(module) for module in graph} - {ROOF}


def test_no_import_goes_up(graph: Graph) -> None:
    assert arrows_up(graph) == []


def test_no_circle(graph: Graph) -> None:
    assert circles(graph) == []


@pytest.mark.parametrize(
    "code",
    [
        "from sympie_seg.cli import main",
        "import sympie_seg.cli.main",
        "from ..cli import main",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sympie_seg.cli.main import run",
        "def late():\n    from ..cli.main import run\n    return run",
        "import importlib\nimportlib.import_module('sympie_seg.cli.main')",
    ],
)
def test_every_kind_of_import_is_seen(tmp_path: Path, code: str) -> None:
    for folder in ("", "utils", "cli"):
        (tmp_path / "sympie_seg" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "sympie_seg" / folder / "__init__.py").touch()
    (tmp_path / "sympie_seg/cli/main.py").write_text("import sympie_seg.utils.files")
    (tmp_path / "sympie_seg/utils/files.py").write_text(code)
    graph = import_graph(tmp_path / "sympie_seg")
    assert arrows_up(graph) == [("sympie_seg.utils.files", "sympie_seg.cli.main")]
    assert circles(graph) == [["sympie_seg.cli.main", "sympie_seg.utils.files"]]
