"""The command that checks links to other sites, against a server on this machine."""

from __future__ import annotations

import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("sphinx", reason="pip install -e '.[docs]'")
pytest.importorskip("myst_parser", reason="pip install -e '.[docs]'")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/misc"))
from check_links import main

pytestmark = pytest.mark.slow


class Handler(http.server.BaseHTTPRequestHandler):
    """Has one page, and knows where another went."""

    def do_GET(self) -> None:
        path = self.path.rstrip("/")
        self.send_response({"/good": 200, "/moved": 302}.get(path, 404))
        if path == "/moved":
            self.send_header("Location", "/good")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_broken_links_are_named_and_others_are_not(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    page = tmp_path / "index.md"
    page.write_text(
        f"# Page\n\n[a]({address}/good) and [b]({address}/moved)\n\n[c]({address}/gone)\n"
    )
    assert main(["--source", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert f"index.md:5: {address}/gone: 404" in out
    assert "1 broken, 1 redirected, 1 working" in out and f"{address}/good" not in out
    assert main(["--source", str(tmp_path), "--ignore", ".*/gone"]) == 0
    assert "1 ignored, 1 redirected, 1 working" in capsys.readouterr().out


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="Sphinx failed in"):
        main(["--source", str(tmp_path / "none")])
