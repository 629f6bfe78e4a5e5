"""The report in a real Chromium: it clicks, sorts and filters, shows its tables and pictures, and asks for nothing."""

# ruff: noqa: RUF001 - the report has true minus signs and dashes

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sympie_seg.comparison.result import parse_result
from sympie_seg.report import Example, write_report

pytestmark = pytest.mark.slow

PANELS = ("scores", "grid", "classes", "images", "cost", "activity", "reading")


@pytest.fixture(scope="module")
def browser(chromium: Callable[..., Any]) -> Any:
    """One Chromium for all tests here, with an empty profile."""
    context = chromium().new_context()
    context.set_default_timeout(60_000)  # a busy machine takes its time over a screenshot
    return context


class Opened:
    """A page, and what it said and asked for."""

    def __init__(self, browser: Any, path: Path) -> None:
        self.trouble: list[str] = []
        self.requests: list[str] = []
        self.page = browser.new_page()
        self.page.on("console", lambda message: self.trouble.append(message.text))
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("dialog", lambda dialog: self.trouble.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.set_viewport_size(dict(width=1200, height=900))
        self.page.goto(path.as_uri())

    def names(self, table: str = ".metric:not([hidden]) .scores") -> list[str]:
        """Names of the visible rows, without their datasets."""
        heads = self.page.locator(f"{table} tbody tr:not([hidden]) th")
        return heads.evaluate_all("all => all.map(head => head.firstChild.textContent.trim())")

    def visible(self) -> list[str]:
        """The panels that are shown."""
        return [name for name in PANELS if self.page.locator(f"#{name}").is_visible()]

    def assert_quiet(self, path: Path) -> None:
        assert self.trouble == []
        outside = [u for u in self.requests if not u.startswith("data:") and u != path.as_uri()]
        assert outside == []


@pytest.fixture
def opened(
    browser: Any, tmp_path: Path, comparison: dict, examples: list[Example]
) -> Iterator[Opened]:
    path = tmp_path / "report & <more>.html"
    write_report(path, parse_result(comparison), examples)
    page = Opened(browser, path)
    yield page
    page.assert_quiet(path)
    page.page.close()


def shades(picture: bytes) -> int:
    """How many colours a screenshot has."""
    pixels = np.asarray(Image.open(BytesIO(picture)).convert("RGB"), np.int32)
    return len(np.unique(pixels @ (1, 256, 65536)))


def test_every_tab_opens_alone_and_shows_something(opened: Opened) -> None:
    page = opened.page
    assert page.title() == "Streets <script>alert(1)</script>"
    assert (
        page.locator(".headline")
        .inner_text()
        .startswith("<b>SyMPIE</b> & co gains 5.50 mIoU points")
    )
    assert opened.visible() == ["scores"]
    blank = shades(page.screenshot(clip=dict(x=0, y=0, width=8, height=8)))
    for name in PANELS:
        page.click(f"#tab-{name}")
        assert opened.visible() == [name]
        assert page.get_attribute(f"#tab-{name}", "aria-selected") == "true"
        assert shades(page.locator(f"#{name}").screenshot()) > blank + 20, f"{name} looks empty"
    page.focus("#tab-reading")
    page.keyboard.press("ArrowRight")
    assert opened.visible() == ["scores"]


def test_tables_sort_by_click(opened: Opened) -> None:
    page = opened.page
    rows = ["clean", "fog", "night & <rain>", "snow", "mean of three"]
    assert opened.names() == rows
    difference = page.locator(".metric:not([hidden]) thead tr:nth-child(2) th").nth(3)
    assert difference.get_attribute("aria-label") == "<b>SyMPIE</b> & co, difference"
    difference.click()
    assert opened.names() == ["fog", "mean of three", "night & <rain>", "clean", "snow"]
    assert difference.get_attribute("aria-sort") == "descending"
    difference.click()
    assert opened.names() == ["snow", "clean", "night & <rain>", "mean of three", "fog"]
    page.locator(".metric:not([hidden]) thead th").first.press("Enter")
    assert opened.names() == rows
    page.click("#tab-grid")
    page.select_option("#map", label="none: mIoU")
    heads = "#grid .map:not([hidden]) .heat"
    page.locator(f"{heads} thead th").nth(1).click()
    page.locator(f"{heads} thead th").nth(1).click()
    assert opened.names(heads) == ["gaussian_noise", "fog", "mean"], "the mean stays last"
    assert page.locator(f"{heads} tbody td").all_inner_texts() == [
        "30.0", "20.0", "25.0", "40.0", "–", "40.0", "35.0", "20.0", "32.5",
    ]  # fmt: skip


def test_metric_and_filters(opened: Opened) -> None:
    page = opened.page
    page.select_option("#metric", "aAcc")
    first = page.locator(".metric:not([hidden]) tbody tr").first
    assert first.locator("td").nth(1).inner_text().startswith("80.00")
    page.select_option("#group", "summaries")
    assert opened.names() == ["mean of three"]
    page.select_option("#group", "")
    page.fill("#find", "NIGHT")
    assert opened.names() == ["night & <rain>"]


def test_bars_follow_the_condition_and_the_order(opened: Opened) -> None:
    page = opened.page
    page.click("#tab-classes")
    page.select_option("#bars-row", label="ACDC: night & <rain>")
    assert page.locator("#bars tbody th").all_inner_texts() == ["road", "sky & <cloud>", "car"]
    lines = page.locator("#bars tbody tr").first.locator(".bar-line span").all_inner_texts()
    assert lines == ["38.2", "33.7 (−4.5)", "43.0 (+4.8)"]
    width = page.locator("#bars .track > i").first.evaluate("bar => bar.style.width")
    assert width == "38.2%"


def test_pictures_are_there_and_filtered(opened: Opened) -> None:
    page = opened.page
    page.click("#tab-images")
    loaded = page.locator("#images img").evaluate_all(
        "all => all.map(i => [i.naturalWidth, i.naturalHeight, i.alt])"
    )
    # Six pictures an example, and two of the other enhancer.
    assert len(loaded) == 6 * (6 + 2)
    assert all((width, height) == (24, 16) and alt for width, height, alt in loaded)
    assert page.locator("#images .card svg.parameters").count() == 6 * 3
    assert page.locator("#images .card:visible").count() == 6
    page.select_option(".card-filter[data-key=row]", "night & <rain>")
    page.select_option(".card-filter[data-key=choice]", "worst")
    assert page.locator("#images .card:visible").count() == 1
    assert page.inner_text("#card-count") == "1 of 6 images"
    assert page.locator("#images .card:visible .amount").inner_text() == "−4.00"
    page.locator("#images .card:visible .zoom").first.click()
    assert page.locator("#large img").evaluate("image => image.naturalWidth") == 24
    page.keyboard.press("Escape")
    assert not page.locator("#large").is_visible()


def test_dark_narrow_and_printed(opened: Opened) -> None:
    page = opened.page
    page.set_viewport_size(dict(width=360, height=740))
    for name in PANELS:
        page.click(f"#tab-{name}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360, f"the page scrolls sideways at {name}"

    def paper() -> int:
        return int(
            page.evaluate("getComputedStyle(document.body).backgroundColor")
            .split("(")[1]
            .split(",")[0]
        )

    page.emulate_media(color_scheme="light")
    light = paper()
    page.emulate_media(color_scheme="dark")
    dark = paper()
    assert dark < 60 < 200 < light
    page.click("#theme")
    assert paper() == light
    page.emulate_media(media="print", color_scheme="dark")
    assert opened.visible() == list(PANELS), "paper has no tabs"
    assert not page.locator("nav").is_visible() and paper() == 255


def test_classification(
    browser: Any, tmp_path: Path, classification: dict, class_examples: list
) -> None:
    path = tmp_path / "report.html"
    write_report(path, parse_result(classification), class_examples)
    opened = Opened(browser, path)
    page = opened.page
    assert "top-1 accuracy" in page.inner_text(".headline")
    assert page.locator("#metric option").all_inner_texts() == ["top-1 accuracy", "top-5 accuracy"]
    page.click("#tab-images")
    labels = page.locator("#images .label")
    assert [text.split("\n")[0] for text in labels.all_inner_texts()] == [
        "car",
        "road",
        "car: 71.0 %",
    ]
    assert (
        page.locator("#images .label.wrong").count()
        == page.locator("#images .label.right").count()
        == 1
    )
    assert page.locator("#images .palette").count() == 0
    opened.assert_quiet(path)
    page.close()


def test_without_examples_grid_and_intervals(
    browser: Any, tmp_path: Path, comparison: dict
) -> None:
    comparison.update(grid=None, bootstrap=None)
    for row in comparison["rows"]:
        row.update(differences={}, activity={})
    path = tmp_path / "report.html"
    write_report(path, parse_result(comparison))
    opened = Opened(browser, path)
    opened.page.click("#tab-classes")
    assert opened.visible() == ["classes"]
    assert opened.page.locator("#tab-images, #tab-grid, #tab-activity").count() == 0
    opened.assert_quiet(path)
    opened.page.close()
