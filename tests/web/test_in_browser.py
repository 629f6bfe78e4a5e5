"""The static page in a real Chromium: equal to Python, threads by its service worker, the camera, no other host."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from sympie_seg.api import enhance
from sympie_seg.enhancer import load_enhancer
from sympie_seg.streets import SceneKey, apply_condition, render_scene
from sympie_seg.utils.images import write_image
from sympie_seg.utils.pictures import read_rgb

Error = pytest.importorskip("playwright.sync_api", reason="no playwright").Error
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
ONLY_THIS_MACHINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
MOST = 90_000  # milliseconds; a busy machine takes its time


class Handler(http.server.SimpleHTTPRequestHandler):
    """Python's own, without a line for each request."""

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the build script writes; SYMPIE_WEB names a folder that it has written already."""
    if built := os.environ.get("SYMPIE_WEB"):
        return Path(built)
    missing = pytest.fail if os.environ.get("SYMPIE_REQUIRE_BROWSER") == "1" else pytest.skip
    if shutil.which("npm") is None:
        missing("no npm, which fetches onnxruntime-web: apt-get install npm")
    pytest.importorskip("onnx", reason="no onnx: pip install -e '.[export]'")
    output = tmp_path_factory.mktemp("web")
    command = [sys.executable, "tools/build_web.py", str(output)]
    child = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert child.returncode == 0, child.stdout + child.stderr
    return output


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A plain static host, which sets no header of its own."""
    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser(chromium: Callable[..., Any]) -> Any:
    return chromium(*CAMERA, ONLY_THIS_MACHINE)


class Visitor:
    """A page of its own profile, and what it said and asked for."""

    def __init__(self, browser: Any, address: str, query: str) -> None:
        self.context = browser.new_context(permissions=["camera"], accept_downloads=True)
        self.context.set_default_timeout(MOST)
        self.trouble: list[str] = []
        self.hosts: list[str] = []
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("console", lambda message: self.trouble.append(message.text))
        self.context.on("request", self.note)
        self.page.goto(address + query)
        self.until("globalThis.page?.loaded")

    def until(self, expression: str) -> None:
        """Wait; the page's security policy forbids the polling that playwright would do inside it."""
        end = time.monotonic() + MOST / 1000
        while not self.holds(expression):
            assert time.monotonic() < end, f"waited in vain until {expression}: {self.trouble}"
            self.page.wait_for_timeout(50)

    def holds(self, expression: str) -> bool:
        try:
            return bool(self.page.evaluate(expression))
        except Error as error:
            if "context was destroyed" in str(error):  # by the one reload
                return False
            raise

    def note(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("blob", "data"):
            self.hosts.append(parts.hostname or "")

    def close(self) -> None:
        self.context.close()
        assert self.trouble == []
        assert set(self.hosts) == {"127.0.0.1"}, "another host was asked for"


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Callable[[str], Visitor]]:
    visitors: list[Visitor] = []

    def open_page(query: str = "") -> Visitor:
        visitors.append(Visitor(browser, address, query))
        return visitors[-1]

    yield open_page
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """A generated street in fog, of an odd size."""
    scene = render_scene(SceneKey(5, "test", "val", "fog", 3), (431, 240))
    path = tmp_path / "street.png"
    write_image(path, apply_condition(scene, "fog"))
    return path


def enhanced_by(visitor: Visitor, picture: Path, folder: Path) -> np.ndarray:
    page = visitor.page
    page.set_input_files("#file", picture)
    page.wait_for_selector("#save[href]")
    with page.expect_download() as event:
        page.click("#save")
    path = folder / event.value.suggested_filename
    event.value.save_as(path)
    return read_rgb(path)


@pytest.mark.parametrize(
    ("query", "most"), [("?model=float&threads=1", 1), ("?model=float", 1), ("", 3)]
)
def test_equal_to_python(
    visit: Callable[[str], Visitor], street: Path, tmp_path: Path, query: str, most: int
) -> None:
    """The float file within one grey level; 8-bit weights within three."""
    visitor = visit(query)
    enhanced = enhanced_by(visitor, street, tmp_path)
    image = read_rgb(street)
    wanted, _ = enhance(image, "general")
    assert np.abs(wanted.astype(int) - image).mean() > 3, "there is something to compare"
    difference = np.abs(enhanced.astype(int) - wanted)
    print(f"{query}: at most {difference.max()}, {100 * (difference > 0).mean():.3f} % differ")
    assert difference.max() <= most
    if "float" in query:
        assert (difference > 0).mean() < 0.001
        numbers = visitor.page.evaluate("Array.from(page.parameters)")
        _, plain = enhance(
            image, "general", strength=1
        )  # the slider's strength comes behind the estimate
        assert np.abs(np.array(numbers) - plain.to_vector()[0].numpy()).max() < 1e-5
    page = visitor.page
    page.locator("#strength").fill("0")
    visitor.until("document.getElementById('strength-shown').textContent === '0.00'")
    page.wait_for_timeout(500)
    same = page.evaluate(
        "['before', 'after'].map(n => document.getElementById(n).toDataURL()).reduce((a, b) => a === b)"
    )
    assert same, "strength 0 changes nothing"


def test_threads_come_with_the_service_worker(visit: Callable[[str], Visitor]) -> None:
    visitor = visit("?threads=2")
    assert visitor.page.evaluate("crossOriginIsolated") is True
    assert "2 threads" in visitor.page.inner_text("#status")


def test_the_download_is_stated(visit: Callable[[str], Visitor], folder: Path) -> None:
    about = json.loads((folder / "about.json").read_text())
    files = [
        p
        for p in folder.rglob("*")
        if p.is_file() and p.name not in ("about.json", "estimate.onnx")
    ]
    total = sum(path.stat().st_size for path in files) / 1e6
    assert f"Download: {total:.1f} MB in all" in visit("").page.inner_text("#size")
    assert about["models"]["estimate-8bit.onnx"] < 5e6


def test_camera(visit: Callable[[str], Visitor]) -> None:
    visitor = visit("?threads=1")
    page = visitor.page
    page.click("#camera")
    visitor.until(
        "page.rate > 0 && document.getElementById('status').textContent.includes('640 x 480')"
    )
    page.wait_for_timeout(6000)
    print(page.inner_text("#status"))
    assert page.evaluate("page.rate") > 1
    page.click("#camera")
    page.wait_for_selector("#save[href]")
    assert page.inner_text("#camera") == "Use the camera"


def test_a_damaged_file(visit: Callable[[str], Visitor], street: Path, tmp_path: Path) -> None:
    bad = tmp_path / "<b>bad.png"
    bad.write_bytes(b"no picture")
    page = visit("").page
    page.set_input_files("#file", bad)
    page.wait_for_selector("#error:not([hidden])")
    assert page.inner_text("#error") == "'<b>bad.png' could not be read as a picture."
    page.set_input_files("#file", street)
    page.wait_for_selector("#save[href]")
    assert not page.is_visible("#error")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A plain static host for another folder."""
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_the_slider_starts_at_the_files_own_strength(
    browser: Any, folder: Path, street: Path, tmp_path: Path
) -> None:
    """The estimate on the page is the plain prediction; the strength is applied once."""
    copy = shutil.copytree(folder, tmp_path / "web")
    about = json.loads((copy / "about.json").read_text())
    assert about["strength"] == load_enhancer("general")[0].strength
    (copy / "about.json").write_text(json.dumps(about | dict(strength=1.4)))
    with served(copy) as address:
        visitor = Visitor(browser, address, "?model=float")
        assert visitor.page.inner_text("#strength-shown") == "1.40"
        enhanced = enhanced_by(visitor, street, tmp_path)
        visitor.close()
    wanted, _ = enhance(read_rgb(street), "general", strength=1.4)
    assert np.abs(enhanced.astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("name", ["about.json", "models/warp.onnx", "models/estimate-8bit.onnx"])
def test_a_missing_file_is_named(browser: Any, folder: Path, tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(folder, tmp_path / "web")
    (copy / name).unlink()
    with served(copy) as address:
        page = browser.new_context().new_page()
        page.goto(address)
        page.wait_for_selector("#error:not([hidden])", timeout=MOST)
        text = page.inner_text("#error")
        page.context.close()
    assert (
        text
        == f"The enhancer could not be loaded: {name} is missing (status 404); build the page again"
    )


def test_a_damaged_model_is_named(browser: Any, folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "web")
    (copy / "models/warp.onnx").write_bytes(b"nothing")
    with served(copy) as address:
        page = browser.new_context().new_page()
        page.goto(address)
        page.wait_for_selector("#error:not([hidden])", timeout=MOST)
        assert "models/warp.onnx cannot be used: " in page.inner_text("#error")
        page.context.close()
