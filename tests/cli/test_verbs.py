"""The verbs of sympie-seg: listed, described, and one parser for the verb and its file in tools/."""

from __future__ import annotations

import ast
import runpy
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import sympie_seg
from sympie_seg.cli import main as command
from sympie_seg.cli.verbs import VERBS, Needs, Verb

ROOT = Path(__file__).resolve().parents[2]
# What needs a checkout, and so is no verb.
MAINTAINERS = ("benchmark.py", "build_web.py", "check_wheel.py", "misc")
NO_TOOLS = ("doctor", "enhance", "app")


def leaves(verbs: Sequence[Verb] = VERBS, before: tuple[str, ...] = ()) -> Iterator[tuple]:
    for verb in verbs:
        words = (*before, verb.name)
        if verb.verbs:
            yield from leaves(verb.verbs, words)
        else:
            yield words, verb


LEAVES = {" ".join(words): verb for words, verb in leaves()}


def tool_of(verb: Verb) -> Path:
    return ROOT / "tools" / f"{verb.module.replace('.', '/')}.py"


def help_of(words: Sequence[str], capsys: pytest.CaptureFixture) -> str:
    with pytest.raises(SystemExit) as ended:
        command.main([*words, "--help"])
    assert ended.value.code == 0
    return capsys.readouterr().out


def test_the_list_names_every_verb_and_imports_none(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "import_module", lambda name: pytest.fail(f"imports {name}"))
    text = help_of((), capsys)
    words = text.split()
    assert all(verb.name in words and verb.help in " ".join(words) for verb in VERBS)


@pytest.mark.parametrize("name", LEAVES)
def test_help_of_each_verb(name: str, capsys: pytest.CaptureFixture) -> None:
    text = help_of(name.split(), capsys)
    assert text.startswith(f"usage: sympie-seg {name} ")
    module = sys.modules[f"sympie_seg.cli.{LEAVES[name].module}"]
    assert module.__doc__.splitlines()[0] in text
    assert "tools/" not in module.__doc__, "the help of a verb names verbs"


def test_every_verb_but_the_first_three_has_a_tool_and_every_tool_a_verb() -> None:
    wanted = {tool_of(verb) for name, verb in LEAVES.items() if name not in NO_TOOLS}
    tools = {
        path
        for path in (ROOT / "tools").rglob("*.py")
        if path.relative_to(ROOT / "tools").parts[0] not in MAINTAINERS
    }
    assert tools == wanted


@pytest.mark.parametrize("name", [name for name in LEAVES if name not in NO_TOOLS])
def test_a_tool_is_its_verb(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It hands its words to the command line of the verb, so there is one parser."""
    given = []
    monkeypatch.setattr(command, "main", lambda words: given.append(words) or 3)
    monkeypatch.setattr(sys, "argv", ["tool.py", "a", "--b"])
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(tool_of(LEAVES[name])), run_name="__main__")
    assert given == [[*name.split(), "a", "--b"]] and ended.value.code == 3


@pytest.mark.parametrize(
    "path", sorted((ROOT / "sympie_seg/cli").rglob("*.py")), ids=lambda p: p.stem
)
def test_verbs_parse_and_call(path: Path) -> None:
    """What works on pixels, tensors or a network's config lies below, where Python code finds it too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & {"cv2", "mmcv", "mmpretrain", "numpy", "torch", "torchvision"}


def test_options_that_do_not_fit_are_told_below_the_usage(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["plug", "a.py", "-o", "new.yaml", "--enhancer", "clahe"])
    text = capsys.readouterr().err
    assert ended.value.code == 2
    assert text.startswith("usage: sympie-seg plug ")
    assert text.endswith("sympie-seg plug: error: -o new.yaml: a config ends with .py\n")


def test_without_mmseg_a_verb_names_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sympie_seg, "_why_not", ModuleNotFoundError("No module named 'mmseg'"))
    with pytest.raises(SystemExit, match=r"sympie-seg train` needs mmseg.*No module.*doctor"):
        command.main(["train", "a.py"])
    needs = {verb.name: verb.needs for verb in VERBS if not verb.verbs}
    assert [name for name, need in needs.items() if need is not Needs.MMSEG] == [
        "doctor", "enhance", "app", "export",
    ]  # fmt: skip


def test_from_a_checkout_that_is_not_installed(tmp_path: Path) -> None:
    """The list needs the standard library only: -S leaves every installed package out."""
    line = [sys.executable, "-S", str(ROOT / "sympie_seg_cli.py"), "--help"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "convert-dataset" in done.stdout, done.stderr
