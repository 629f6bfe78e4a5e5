"""The tutorials run and print what their pages show; the notebook runs from top to bottom."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "docs/tutorials/first_look.ipynb"
NAMES = ("mmseg", "any-network", "own-folder", "device")


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "run_tutorials", ROOT / "tools/misc/run_tutorials.py"
    )
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tutorials = load()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_what_its_blocks_print(name: str, tmp_path: Path) -> None:
    if name == "device":
        pytest.importorskip("onnxruntime", reason="pip install -e '.[export]'")
    outputs = tutorials.run_page(ROOT / f"docs/tutorials/{name}.md", tmp_path)
    assert outputs, "the page ends in a number"
    for output in outputs:
        assert output.agrees, (
            f"the page shows\n{output.shown}\nprinted was\n{output.printed}\n"
            f"if that is right: python tools/misc/run_tutorials.py {name} --write"
        )


def test_every_tutorial_is_run() -> None:
    assert tutorials.TUTORIALS == NAMES
    pages = {page.stem for page in (ROOT / "docs/tutorials").glob("*.md")}
    assert pages == {*NAMES, "notebook"}


def test_numbers_are_compared() -> None:
    def agrees(shown: str, printed: str) -> bool:
        return tutorials.Output(shown, printed, (0, 0)).agrees

    assert agrees("gain +3.10 %\n", "gain +3.11 %")
    assert agrees("share 61.2 %", "share 62.0 %")
    assert not agrees("share 61.2 %", "share 63.0 %")
    assert not agrees("gain +3.10 %", "gain -3.10 %")
    assert agrees("about +3.9 points, 4.0 alone", "about +4.8 points, 4.0 alone")
    assert not agrees("about +3.9 points, 4.0 alone", "about +5.0 points, 4.0 alone")
    assert not agrees("about +3.9 points, 4.0 alone", "about +3.9 points, 4.8 alone")
    assert not agrees("4 pictures", "5 pictures")
    assert not agrees("4 pictures", "4 images")
    assert not agrees("4 pictures", "4 pictures\nand 2")


def test_blocks_run_in_order_and_their_outputs_are_kept(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```bash\necho 2 > number\n```\n\n```python\nprint('Loads')\n"
        "print('twice:', 2 * int(open('number').read()))\n```\n"
        "\n```text\ntwice: 0\n```\n\nEnd.\n"
    )
    folder = tmp_path / "scratch"
    folder.mkdir()
    (output,) = tutorials.run_page(page, folder)
    assert (output.shown, output.printed, output.agrees) == ("twice: 0\n", "twice: 4", False)
    tutorials.write(page, [output])
    assert page.read_text().endswith("```text\ntwice: 4\n```\n\nEnd.\n")


def test_a_block_that_fails_is_shown(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"false; echo on"):
        tutorials.run_block("bash", "false; echo on", tmp_path)
    with pytest.raises(RuntimeError, match="no number"):
        tutorials.run_block("python", "raise SystemExit('no number')", tmp_path)


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat = pytest.importorskip("nbformat", reason="pip install -e '.[docs]'")
    nbclient = pytest.importorskip("nbclient", reason="pip install -e '.[docs]'")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.delenv(
        "MPLBACKEND", raising=False
    )  # the kernel's own puts the figure into the notebook
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells), (
        "clear the outputs before a commit"
    )
    nbclient.NotebookClient(
        notebook,
        timeout=90,
        kernel_name="python3",
        resources=dict(metadata=dict(path=str(tmp_path))),
    ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    text = "".join(output.get("text", "") for output in outputs)
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert text.count("mean grey level") == 4
