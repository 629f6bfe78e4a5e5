"""The app in a real Chromium: upload, slider, corruption, numbers, camera, damage, two users; no other host."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from sympie_seg.api import enhance
from sympie_seg.corruptions import corrupt
from sympie_seg.streets import SceneKey, apply_condition, render_scene
from sympie_seg.utils.images import write_image
from sympie_seg.utils.pictures import read_rgb

pytest.importorskip("starlette", reason="no starlette: pip install -e '.[app]'")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CONFIG = "configs/camvid/deeplabv2_r18-d8-w32_1xb8-2500_camvid-day-240x180.py"
NETWORK = "checkpoints/deeplabv2_r18_camvid-day.pth"
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
ONLY_THIS_MACHINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
MOST = 60_000  # milliseconds; a busy machine takes its time


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The app as a user starts it, with a network."""
    command = [sys.executable, "sympie_seg_cli.py", "app", CONFIG, NETWORK, "--port", "0"]
    settings = dict(os.environ, PYTHONUNBUFFERED="1")
    child = subprocess.Popen(
        command, cwd=ROOT, env=settings, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    lines = []
    for line in child.stdout:
        lines.append(line)
        if match := re.search(r"runs at (\S+)", line):
            break
    else:
        pytest.fail("".join(lines))
    yield match[1]
    child.send_signal(2)  # Ctrl-C
    remaining, _ = child.communicate(timeout=60)
    assert child.returncode == 0 and remaining.endswith("stopped\n"), remaining


@pytest.fixture(scope="module")
def browser(chromium: Callable[..., Any]) -> Any:
    return chromium(*CAMERA, ONLY_THIS_MACHINE)


class Visitor:
    """One user with a profile of its own; what it asks other hosts for is counted and blocked."""

    def __init__(self, browser: Any, address: str) -> None:
        self.address = address
        self.context = browser.new_context(permissions=["camera"], accept_downloads=True)
        self.context.set_default_timeout(MOST)
        self.hosts: list[str] = []
        self.trouble: list[str] = []
        self.context.route("**/*", self.only_this_machine)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("console", self.hear)
        self.page.set_viewport_size(dict(width=1200, height=900))
        self.page.goto(address)
        self.page.wait_for_selector(".card.selected")
        self.settle()

    def only_this_machine(self, route: Any) -> None:
        parts = urlsplit(route.request.url)
        is_own = parts.scheme in ("data", "blob")  # what the page made itself
        if not is_own:
            self.hosts.append(parts.hostname or "")
        if is_own or parts.hostname == "127.0.0.1":
            route.continue_()
        else:
            route.abort()

    def hear(self, message: Any) -> None:
        if (
            "the server responded with a status of 400" not in message.text
        ):  # the browser's own note
            self.trouble.append(message.text)

    def settle(self) -> None:
        """Wait until nothing is asked for any more."""
        self.until("running === null && !again")

    def until(self, expression: str) -> None:
        """Wait; the page's security policy forbids the polling that playwright would do inside it."""
        end = time.monotonic() + MOST / 1000
        while not self.page.evaluate(expression):
            assert time.monotonic() < end, f"waited in vain until {expression}"
            self.page.wait_for_timeout(50)

    def upload(self, path: Path) -> None:
        self.page.set_input_files("#file", path)
        self.settle()

    def choose(self, **values: str) -> None:
        """Move sliders and choose in lists, by their ids."""
        for name, value in values.items():
            field = self.page.locator(f"#{name}")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.settle()

    def image(self, layer: str) -> np.ndarray:
        """The picture of the layer 'before' or 'after', RGB, as the server gave it."""
        url = self.page.get_attribute(f"#{layer} .picture", "src")
        data = np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8)
        return cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]

    def download(self, name: str, folder: Path) -> Path:
        with self.page.expect_download() as event:
            self.page.click(f"#get-{name}")
        path = folder / event.value.suggested_filename
        event.value.save_as(path)
        return path

    def text(self, selector: str) -> str:
        return self.page.inner_text(selector)

    def close(self) -> None:
        self.context.close()
        assert self.trouble == []
        assert set(self.hosts) == {"127.0.0.1"}, "another host was asked for"


@pytest.fixture
def visitor(browser: Any, address: str) -> Iterator[Visitor]:
    one = Visitor(browser, address)
    yield one
    one.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A generated street at night, of an odd size."""
    scene = render_scene(SceneKey(5, "test", "val", "night", 3), (301, 170))
    path = tmp_path / "my street.png"
    write_image(path, apply_condition(scene, "night"))
    return path


def test_start(visitor: Visitor) -> None:
    names = [name.strip() for name in visitor.page.locator(".card b").all_inner_texts()]
    assert names == ["input", "general", "cityscapes", "clahe", "gamma"]
    assert visitor.text("#about-picture") == "street-0-fog.png, 768 x 384"
    assert len(re.findall(r"\d ms", visitor.text("#cards"))) == 1 + 4 * 2  # enhancer and network
    assert not visitor.page.is_visible("#error")
    natural = visitor.page.locator("#stage img").evaluate_all("all => all.map(i => i.naturalWidth)")
    assert natural == [768] * 4


def test_upload_and_downloads(visitor: Visitor, photo: Path, tmp_path: Path) -> None:
    visitor.upload(photo)
    assert visitor.text("#about-picture") == "my street.png, 301 x 170"
    image = read_rgb(photo)
    assert np.array_equal(visitor.image("before"), image)
    visitor.page.click(".card[data-name=cityscapes]")
    wanted, parameters = enhance(image, "cityscapes")
    image_file = visitor.download("image", tmp_path)
    assert image_file.name == "my_street_cityscapes.png"
    assert np.abs(read_rgb(image_file).astype(int) - wanted).max() <= 1
    content = json.loads(visitor.download("parameters", tmp_path).read_text())
    numbers = content["rows"][0]["parameters"]
    assert np.allclose(numbers, parameters.to_vector()[0], atol=1e-5)
    labels = cv2.imread(str(visitor.download("labels", tmp_path)), cv2.IMREAD_UNCHANGED)
    painted = read_rgb(visitor.download("painted", tmp_path))
    assert labels.shape == (170, 301) and labels.max() < 11
    assert painted.shape == image.shape
    legend = visitor.page.locator("#legend tbody tr").all_inner_texts()
    shares = [float(row.split("\t")[-1].removesuffix(" %")) for row in legend]
    occurring = np.bincount(labels.ravel()) / labels.size * 100
    assert sorted(s for s in shares if s) == pytest.approx(
        sorted(round(s, 1) for s in occurring if s >= 0.05), abs=0.11
    )
    assert np.array_equal(read_rgb(visitor.download("input", tmp_path)), image)


def test_slider(visitor: Visitor) -> None:
    """The mouse and the keys move the border; left of it is the input, right of it the enhanced picture."""
    page = visitor.page
    visitor.choose(opacity="0", strength="2")
    box = page.locator("#stage").bounding_box()
    page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    assert float(page.input_value("#split")) == pytest.approx(25, abs=0.5)
    left = page.locator("#line").bounding_box()["x"] - box["x"]
    assert left == pytest.approx(0.25 * box["width"], abs=4)
    page.press("#split", "ArrowRight")
    assert float(page.input_value("#split")) == pytest.approx(25.1, abs=0.5)
    shot = cv2.imdecode(
        np.frombuffer(page.locator("#stage").screenshot(), np.uint8), cv2.IMREAD_COLOR
    )[..., ::-1].astype(int)
    before, after = (
        cv2.resize(visitor.image(name), shot.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        for name in ("before", "after")
    )
    # Browser and OpenCV scale edges differently; what is compared is which picture is where.
    shot, before, after = (cv2.blur(i.astype(np.float32), (9, 9)) for i in (shot, before, after))
    rows = slice(int(0.3 * shot.shape[0]), int(0.9 * shot.shape[0]))  # below the tags
    for columns, near, far in (
        (slice(10, int(0.23 * shot.shape[1])), before, after),
        (slice(int(0.27 * shot.shape[1]), -10), after, before),
    ):
        seen = shot[rows, columns]
        assert np.abs(seen - near[rows, columns]).mean() < 3
        assert np.abs(seen - far[rows, columns]).mean() > 6


def test_corruption_and_strength(visitor: Visitor, photo: Path) -> None:
    visitor.upload(photo)
    image = read_rgb(photo)
    visitor.choose(corruption="gaussian_noise", severity="5")
    broken = corrupt(image, "gaussian_noise", 5, np.random.default_rng(0))
    assert np.array_equal(visitor.image("before"), broken)
    visitor.page.click("#draw")
    visitor.settle()
    again = corrupt(image, "gaussian_noise", 5, np.random.default_rng(1))
    assert np.array_equal(visitor.image("before"), again)
    visitor.choose(strength="0")
    assert visitor.text("#strength-shown") == "0.00"
    assert np.array_equal(visitor.image("after"), again)
    visitor.choose(strength="2")
    wanted, _ = enhance(again, "general", strength=2)
    assert np.abs(visitor.image("after").astype(int) - wanted).max() <= 1
    visitor.choose(severity="0")
    assert np.array_equal(visitor.image("before"), image)


def test_numbers(visitor: Visitor) -> None:
    page = visitor.page
    cells = page.locator("#numbers input")
    assert cells.count() == 37
    predicted = page.input_value("#numbers input >> nth=9")
    cells.nth(9).fill("1.5")  # red of the colour shift
    cells.nth(9).press("Enter")
    visitor.settle()
    assert page.is_visible("#edited") and "edited" in visitor.text(".card.selected")
    change = visitor.image("after").astype(int).mean((0, 1)) - visitor.image("before").mean((0, 1))
    assert change[0] > 30
    cells.nth(9).fill("5000")
    cells.nth(9).press("Enter")
    visitor.settle()
    assert "parameter 9 of general must be a number from -1000 to 1000" in visitor.text("#error")
    assert page.input_value("#numbers input >> nth=8") and page.is_visible("#edited")
    visitor.choose(split="30", severity="2")
    assert not page.is_visible("#error"), "what was refused is forgotten"
    page.click("#reset")
    visitor.settle()
    assert page.input_value("#numbers input >> nth=9") == predicted
    assert not page.is_visible("#edited") and not page.is_visible("#error")
    page.click(".card[data-name=clahe]")
    assert not page.is_visible("#numbers-panel"), "CLAHE has no numbers"


def test_camera(visitor: Visitor) -> None:
    page = visitor.page
    page.click("#camera")
    visitor.until(
        "document.getElementById('about-picture').textContent.startsWith('camera.jpg, 640 x')"
    )
    page.evaluate("globalThis.first = document.querySelector('#before .picture').src")
    visitor.until("document.querySelector('#before .picture').src !== first")
    page.click("#camera")
    visitor.settle()
    assert page.inner_text("#camera") == "Use the camera"
    assert page.evaluate("document.getElementById('video').srcObject") is None
    last = visitor.image("before")
    wanted, _ = enhance(last, "general")
    assert np.abs(visitor.image("after").astype(int) - wanted).max() <= 1


@pytest.mark.parametrize("kind", ["cut off", "no picture", "empty"])
def test_a_damaged_file(visitor: Visitor, photo: Path, tmp_path: Path, kind: str) -> None:
    data = photo.read_bytes()
    spoilt = {"cut off": data[: len(data) // 2], "no picture": b"hello " * 40, "empty": b""}[kind]
    bad = tmp_path / "<b>bad&amp;.png"
    bad.write_bytes(spoilt)
    visitor.upload(bad)
    assert "'<b>bad&amp;.png' " in visitor.text("#error"), "it is named, and is no markup"
    assert visitor.text("#about-picture").startswith("street-0-fog.png"), "the last picture stays"
    visitor.choose(strength="0.5")
    assert not visitor.page.is_visible("#error"), "and can be worked on"


def test_two_users_at_once(browser: Any, address: str, photo: Path) -> None:
    """What one uploads and sets does not reach the other."""
    one, two = Visitor(browser, address), Visitor(browser, address)
    one.page.set_input_files("#file", photo)
    two.page.locator("#strength").fill("0")
    two.page.locator("#corruption").select_option("contrast")
    one.page.locator("#strength").fill("2")
    for visitor in (one, two):
        visitor.settle()
    image = read_rgb(photo)
    assert one.text("#about-picture") == "my street.png, 301 x 170"
    assert two.text("#about-picture") == "street-0-fog.png, 768 x 384"
    assert np.array_equal(one.image("before"), image)
    wanted, _ = enhance(image, "general", strength=2)
    assert np.abs(one.image("after").astype(int) - wanted).max() <= 1
    assert np.array_equal(two.image("after"), two.image("before"))
    for visitor in (one, two):
        visitor.close()


def test_narrow(visitor: Visitor) -> None:
    visitor.page.set_viewport_size(dict(width=360, height=740))
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 360
