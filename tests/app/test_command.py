"""The command line: what cannot be started says why."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import pytest

import sympie_seg
from sympie_seg.app import listening
from sympie_seg.app import run as service
from sympie_seg.cli.main import main, make_parser
from sympie_seg.utils.images import encode_image

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run the command up to the point where it would serve; give the message it ended with."""
    monkeypatch.setattr("sympie_seg.utils.extras.find_spec", lambda name: object())

    def served(*arguments: Any) -> None:
        raise AssertionError("it was served")

    monkeypatch.setattr(service, "serve", served)

    def run(*arguments: object) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["app", "--port", "0", *map(str, arguments)])
        return str(ended.value)

    return run


def test_defaults() -> None:
    options = make_parser(["app"]).parse_args(["app"])
    assert (options.host, options.port, options.config) == ("127.0.0.1", 7860, None)
    words = ["app", "c.py", "n.pth", "--enhancer", "a.pth", "clahe"]
    options = make_parser(words).parse_args(words)
    assert (options.checkpoint, options.enhancer) == ("n.pth", ["a.pth", "clahe"])


def test_a_port_that_is_taken(start: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        message = start("--port", port)
    assert (
        message
        == f"error: port {port} of 127.0.0.1 is taken: name another with --port (0 takes a free one)"
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--port", "70000"], "--port must lie in [0, 65535]"),
        (["--host", "203.0.113.1"], "--host is no address of this machine"),
        (["--host", "no such host"], "--host 'no such host' is no address"),
        (["--max-megabytes", "0"], "--max-megabytes must lie in"),
        (["--max-megapixels", "nan"], "--max-megapixels must lie in"),
        (["--enhancer", "nowhere.pth"], "no enhancer file at nowhere.pth"),
        (["nowhere.py"], "there is no config 'nowhere.py'"),
    ],
)
def test_what_is_wrong_is_named(
    start: Callable[..., str], arguments: list[str], named: str
) -> None:
    message = start(*arguments)
    assert message.startswith("error: ") and named in message


def test_missing_and_foreign_checkpoints(
    start: Callable[..., str],
    runner_config: Callable[..., Any],
    tmp_path: Path,
    enhancer_file: Path,
) -> None:
    config = tmp_path / "config.py"
    runner_config().dump(config)
    assert "there is no checkpoint 'nowhere.pth'" in start(config, "nowhere.pth")
    message = start(config, enhancer_file)
    assert message.startswith(f"error: '{config}' cannot be used: ")


def test_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.find_spec
    monkeypatch.setattr(
        "sympie_seg.utils.extras.find_spec", lambda name: None if name == "uvicorn" else spec(name)
    )
    with pytest.raises(
        SystemExit, match=r'not installed: uvicorn.*pip install "sympie-seg\[app\]"'
    ):
        main(["app"])


class TestBrowser:
    def test_no_display(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
    ) -> None:
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(sys, "platform", "linux")
        monkeypatch.setattr(webbrowser, "open", lambda address: pytest.fail("a text browser"))
        listening.open_browser("http://127.0.0.1:1/")
        assert "no display" in capsys.readouterr().out

    def test_a_display(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
    ) -> None:
        opened: list[str] = []
        monkeypatch.setenv("DISPLAY", ":1")
        monkeypatch.setattr(webbrowser, "open", lambda address: not opened.append(address))
        listening.open_browser("http://127.0.0.1:1/")
        assert opened == ["http://127.0.0.1:1/"] and capsys.readouterr().out == ""


def test_only_this_machine_unless_told_otherwise() -> None:
    assert listening.is_loopback("127.0.0.1") and listening.is_loopback("::1")
    assert not listening.is_loopback("0.0.0.0")
    assert "*" not in listening.allowed_hosts("127.0.0.1")
    assert listening.allowed_hosts("0.0.0.0") == ["*"]


def test_a_network_needs_mmseg(
    start: Callable[..., str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sympie_seg, "_why_not", ModuleNotFoundError("No module named 'mmseg'"))
    monkeypatch.delattr(sympie_seg, "comparison")
    assert "needs mmseg, mmengine and mmcv" in start(tmp_path / "config.py")


def test_as_a_user_without_mmseg(tmp_path: Path) -> None:
    """The real command, where mmseg, mmengine and mmcv are broken; it serves, and stops on Ctrl-C."""
    pytest.importorskip("starlette", reason="no starlette: pip install -e '.[app]'")
    for name in ("mmseg", "mmengine", "mmcv"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('on purpose')\n")
    settings = os.environ | {"PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen(
        [sys.executable, str(ROOT / "sympie_seg_cli.py"), "app", "--port", "0"],
        env=settings, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    lines = []
    for line in child.stdout:
        lines.append(line)
        if "runs at" in line:
            break
    output = "".join(lines)
    assert "note: clahe is left out: it needs mmseg" in output
    address = re.search(r"runs at (\S+)", output)[1]
    about = json.load(urlopen(address + "api/about"))
    assert [one["name"] for one in about["enhancers"]] == ["general", "cityscapes"]
    assert about["conditions"] == []
    data = encode_image(np.full((50, 70, 3), 90, np.uint8))
    request = Request(address + "api/enhance?settings=%7B%22corruption%22%3A%22fog%22%7D", data)
    assert len(json.load(urlopen(request))["enhanced"]) == 2
    child.send_signal(signal.SIGINT)
    remaining, _ = child.communicate(timeout=60)
    assert child.returncode == 0 and remaining.endswith("stopped\n")
