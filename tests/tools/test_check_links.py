"""The command that checks links to other sites, against a server on this machine."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

pytest.importorskip("myst_nb", reason="pip install -e '.[docs]'")
import check_links
from check_links import main

pytestmark = pytest.mark.slow


class Handler(http.server.BaseHTTPRequestHandler):
    """Has pages that are there, that moved, that are gone, that fail, and one that never answers."""

    STATUS = {"/good": 200, "/moved": 301, "/elsewhere": 302, "/lost": 301, "/fails": 500}
    TARGET = {"/moved": "/good", "/elsewhere": "/good", "/lost": "/gone"}
    asked: ClassVar[list[str]] = []
    end = threading.Event()

    def do_GET(self) -> None:
        path = self.path.rstrip("/")
        self.asked.append(path)
        if path == "/hangs":
            self.end.wait(60)
            return
        self.send_response(self.STATUS.get(path, 404))
        if path in self.TARGET:
            self.send_header("Location", self.TARGET[path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    Handler.asked.clear()
    Handler.end.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        Handler.end.set()
        server.shutdown()


@pytest.fixture
def closed() -> str:
    """An address where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/closed"


def write(folder: Path, *addresses: str) -> None:
    """A page with one link in each paragraph, from line 3 on."""
    links = "\n\n".join(f"[link {number}]({one})" for number, one in enumerate(addresses))
    (folder / "index.md").write_text(f"# Page\n\n{links}\n")


def test_broken_links_are_named_and_others_are_not(
    address: str, closed: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    names = ("good", "moved", "elsewhere", "gone", "lost", "fails", "hangs")
    write(tmp_path, *(f"{address}/{name}" for name in names), closed)
    assert main(["--source", str(tmp_path), "--timeout", "3"]) == 1
    *broken, counts = capsys.readouterr().out.splitlines()
    lines_by_address = {line.split(": ")[1]: line for line in broken}
    assert set(lines_by_address) == {f"{address}/{name}" for name in names[3:]} | {closed}
    for line, name, reason in (
        (9, "gone", "404"),
        (11, "lost", "404"),  # where the redirection leads
        (13, "fails", "500"),
        (15, "hangs", "timed out"),
    ):
        assert lines_by_address[f"{address}/{name}"].startswith(f"index.md:{line}: ")
        assert reason in lines_by_address[f"{address}/{name}"]
    assert "refused" in lines_by_address[closed]
    assert counts == "4 broken, 2 redirected, 1 timeout, 1 working"


def test_ignored_links_are_not_asked_for(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    write(tmp_path, f"{address}/good", f"{address}/moved", f"{address}/gone", f"{address}/fails")
    assert main(["--source", str(tmp_path), "--ignore", ".*/gone", ".*/fails"]) == 0
    assert capsys.readouterr().out == "2 ignored, 1 redirected, 1 working\n"
    assert set(Handler.asked) == {"/good", "/moved"}


@pytest.mark.parametrize(("statuses", "message"), [([], "no links"), (["ignored"], "1 ignored")])
def test_nothing_checked_is_no_success(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    statuses: list[str],
    message: str,
) -> None:
    links = [dict(uri="http://127.0.0.1/", status=status) for status in statuses]
    monkeypatch.setattr(check_links, "links", lambda *_: links)
    assert check_links.main(["--source", "docs"]) == 1
    assert capsys.readouterr().out == f"{message}\n"


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Sphinx failed in"):
        main(["--source", str(tmp_path / "none")])
