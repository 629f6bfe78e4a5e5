"""The routes, through Starlette's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("starlette", reason="no starlette: pip install -e '.[app]'")
pytest.importorskip(
    "httpx2", reason="no httpx2, which Starlette's TestClient is made of: pip install httpx2"
)

from starlette.testclient import TestClient

from sympie_seg.app.enhancers import OfferedEnhancer
from sympie_seg.app.enhancing import EnhancingService
from sympie_seg.app.server import build_app
from sympie_seg.corruptions import CORRUPTIONS
from sympie_seg.utils.images import encode_image

HOST = "http://127.0.0.1"


@pytest.fixture
def client(service: EnhancingService) -> Iterator[Any]:
    with TestClient(build_app(service, most_bytes=50_000), HOST) as client:
        yield client


def post(client: Any, data: bytes, name: str = "a.png", **settings: Any) -> Any:
    query = dict(name=name, settings=json.dumps(settings))
    return client.post("/api/enhance", params=query, content=data)


def test_the_page_names_no_other_host(client: Any) -> None:
    for path, kind in {
        "/": "text/html",
        "/app.css": "text/css",
        "/app.js": "text/javascript",
    }.items():
        response = client.get(path)
        assert response.status_code == 200 and response.headers["content-type"].startswith(kind)
        assert (
            "http:" not in response.text
            and "https:" not in response.text
            and '"//' not in response.text
        )
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "connect-src 'self'" in policy


def test_about(client: Any) -> None:
    about = client.get("/api/about").json()
    assert [one["name"] for one in about["enhancers"]] == ["first", "second", "clahe"]
    names = [name for group in about["corruptions"].values() for name in group]
    assert sorted(names) == sorted(CORRUPTIONS)
    assert about["classes"] == [] and about["most_bytes"] == 50_000


def test_enhance(client: Any, png: bytes) -> None:
    response = post(client, png, "photo é.png", enhancers=["second"], corruption="fog", severity=2)
    assert response.status_code == 200
    content = response.json()
    assert content["name"] == "photo é.png" and content["before"] is None
    assert [one["name"] for one in content["enhanced"]] == ["second"]


@pytest.mark.parametrize(
    ("number", "condition", "status"),
    [("3", "clear", 200), ("3", "night", 200), ("-1", "clear", 400), ("x", "clear", 400),
     ("9" * 5000, "clear", 400), ("1", "hail", 400)],
)  # fmt: skip
def test_street(client: Any, number: str, condition: str, status: int) -> None:
    response = client.get("/api/street", params=dict(number=number, condition=condition))
    assert response.status_code == status
    if status == 200:
        assert Image.open(BytesIO(response.content)).size == (768, 384)
    else:
        assert "must" in response.json()["error"]


def test_what_is_wrong_is_named(client: Any, png: bytes) -> None:
    damaged = post(client, png[:3000], "street.png")
    assert damaged.status_code == 400
    assert damaged.json()["error"] == "'street.png' is cut off"
    assert "'severity'" in post(client, png, severity=9).json()["error"]
    assert post(client, b"").json()["error"] == "'a.png' is empty"
    assert client.get("/secret").status_code == 404
    assert client.get("/api/enhance").status_code == 405
    assert client.get("/../server.py").status_code == 404


def test_uploads_are_bounded(client: Any) -> None:
    assert post(client, b"0" * 50_000).status_code == 400
    assert post(client, b"0" * 50_001).status_code == 413

    def blocks() -> Iterator[bytes]:  # without a content-length
        for _ in range(60):
            yield b"0" * 1000

    response = client.post("/api/enhance", content=blocks())
    assert response.status_code == 413 and "larger than" in response.json()["error"]


def test_pixels_are_bounded(enhancers: list[OfferedEnhancer]) -> None:
    """A small file that declares many pixels (a decompression bomb)."""
    service = EnhancingService(enhancers, most_pixels=1_000_000)
    bomb = encode_image(np.zeros((3000, 3000, 3), np.uint8))
    assert len(bomb) < 200_000
    with TestClient(build_app(service), HOST) as client:
        response = post(client, bomb)
    assert response.status_code == 400
    assert "declares 3000 x 3000 pixels; up to 1 million" in response.json()["error"]


def test_only_asked_for_by_its_own_name(service: EnhancingService) -> None:
    app = build_app(service)
    for host, status in {"127.0.0.1": 200, "localhost": 200, "evil.example": 400}.items():
        with TestClient(app, f"http://{host}:7860") as client:
            assert client.get("/").status_code == status
    with TestClient(build_app(service, ["*"]), "http://machine.example") as client:
        assert client.get("/").status_code == 200


def test_a_fault_of_the_program_is_no_riddle(
    service: EnhancingService, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(service, "run", fail)
    with TestClient(build_app(service), HOST, raise_server_exceptions=False) as client:
        response = post(client, png)
    assert response.status_code == 500
    assert "KeyError" in response.json()["error"] and "secret" not in response.text


def test_users_at_once_get_their_own_pictures(client: Any) -> None:
    """Each has a strength and a picture of its own; nothing of one reaches another."""
    users = [(grey, strength) for grey in (40, 90, 160, 220) for strength in (0.0, 0.7, 1.3, 2.0)]

    def ask(user: tuple[int, float]) -> Any:
        grey, strength = user
        data = encode_image(np.full((40, 50, 3), grey, np.uint8))
        answer = post(client, data, enhancers=["first"], strength=strength).json()
        return {key: answer[key] for key in ("input",)} | dict(image=answer["enhanced"][0]["image"])

    alone = [ask(user) for user in users]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(ask, users))
    assert together == alone
    assert len({one["image"] for one in alone}) > 8
