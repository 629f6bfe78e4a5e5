"""The tutorials run and print what their pages show; the notebook runs from top to bottom."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "docs/tutorials/first_look.ipynb"
NAMES = ("mmseg", "any-network", "own-folder", "device")


@pytest.fixture(scope="module")
def tutorials(load_tool: Callable[[str], ModuleType]) -> ModuleType:
    return load_tool("run_tutorials")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_page_shows_what_its_blocks_print(
    tutorials: ModuleType, name: str, tmp_path: Path
) -> None:
    if name == "device":
        pytest.importorskip("onnxruntime", reason="pip install -e '.[export]'")
    outputs = tutorials.run_page(ROOT / f"docs/tutorials/{name}.md", tmp_path)
    assert outputs, "the page ends in a number"
    for output in outputs:
        assert output.agrees, (
            f"the page shows\n{output.shown}\nprinted was\n{output.printed}\n"
            f"if that is right: python tools/misc/run_tutorials.py {name} --write"
        )


def test_every_tutorial_is_run(tutorials: ModuleType) -> None:
    assert tutorials.TUTORIALS == NAMES
    pages = {page.stem for page in (ROOT / "docs/tutorials").glob("*.md")}
    assert pages == set(NAMES)


def test_numbers_are_compared(tutorials: ModuleType) -> None:
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


def test_blocks_run_in_order_and_their_outputs_are_kept(
    tutorials: ModuleType, tmp_path: Path
) -> None:
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


def test_a_block_that_fails_is_shown(tutorials: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"false; echo on"):
        tutorials.run_block("bash", "false; echo on", tmp_path)
    with pytest.raises(RuntimeError, match="no number"):
        tutorials.run_block("python", "raise SystemExit('no number')", tmp_path)


@pytest.mark.slow
def test_the_notebook_is_a_page_with_its_outputs(tmp_path: Path) -> None:
    """The build of the site runs the notebook, which is committed without outputs, from top to bottom."""
    pytest.importorskip("myst_nb", reason="pip install -e '.[docs]'")
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    assert not any(cell.get("outputs") for cell in cells), "clear the outputs before a commit"
    name = "tutorials/first_look"
    only = ("-D", f"root_doc={name}", "-D", f"include_patterns={name}.ipynb")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", *only, str(ROOT / "docs"), str(tmp_path)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
    (picture,) = re.findall(r'<img [^>]*src="([^"]+\.png)"', page)
    width, height = Image.open(tmp_path / "tutorials" / picture).size
    assert width > 1000 and height > 200, "three streets side by side"
    assert page.count("mean grey level") == 1 + 4  # the code, and what it printed
    assert "Traceback" not in page
