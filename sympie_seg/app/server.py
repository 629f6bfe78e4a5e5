"""The routes of the app, and the limits on what is uploaded.

=====================  ====  ====================================================================================
``/``, ``/app.css`` …  GET   the page, from the package
``/api/about``         GET   enhancers, corruptions, classes and limits
``/api/street``        GET   a generated street as PNG (``number``, ``condition``)
``/api/enhance``       POST  the content of a picture file; ``name`` and ``settings`` (JSON) in the query
=====================  ====  ====================================================================================

What is wrong with a request comes back as ``{"error": "..."}`` with status 400 (413 where it is too large).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sympie_seg.app.answers import answer
from sympie_seg.app.enhancing import EnhancingService
from sympie_seg.app.settings import read_settings
from sympie_seg.corruptions import GROUPS
from sympie_seg.utils.images import encode_image
from sympie_seg.version import __version__

__all__ = ["MOST_BYTES", "build_app"]

MOST_BYTES = 32 * 2**20
_LONGEST_NAME = 200
_STREET_SIZE = (768, 384)
_MOST_STREETS = 10_000
_PAGE = {
    "/": ("index.html", "text/html"),
    "/app.css": ("app.css", "text/css"),
    "/app.js": ("app.js", "text/javascript"),
}
_HEADERS = {
    # The page asks for nothing from any other host, and no other page may show it.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data: blob:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
}


class TooLargeError(ValueError):
    """More bytes were uploaded than are taken."""


def build_app(
    service: EnhancingService,
    hosts: Sequence[str] = ("127.0.0.1", "localhost"),
    most_bytes: int = MOST_BYTES,
) -> Starlette:
    """Put the page and its routes around a service.

    Args:
        service: that does the work.
        hosts: names under which the app may be asked for; others are refused, so that a page elsewhere whose name
            leads to this machine cannot use it. '*' for any.
        most_bytes: of an uploaded file.
    """
    routes = [_page_route(path, *about) for path, about in _PAGE.items()]
    app = Starlette(
        routes=[
            *routes,
            Route("/api/about", _about),
            Route("/api/street", _street),
            Route("/api/enhance", _enhance, methods=["POST"]),
        ],
        middleware=[
            Middleware(_WithHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        ],
        exception_handlers={404: _not_found, Exception: _failed},
    )
    app.state.service, app.state.most_bytes = service, most_bytes
    return app


class _WithHeaders:
    """Adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


def _page_route(path: str, name: str, media_type: str) -> Route:
    content = files("sympie_seg.app").joinpath("page", name).read_bytes()

    async def give(request: Request) -> Response:
        return Response(content, media_type=media_type)

    return Route(path, give)


async def _about(request: Request) -> Response:
    service: EnhancingService = request.app.state.service
    classes = () if service.network is None else service.network.classes
    return JSONResponse(
        dict(
            version=__version__,
            enhancers=[
                dict(name=one.name, source=one.source, has_parameters=one.has_parameters)
                for one in service.enhancers.values()
            ],
            corruptions={group: list(names) for group, names in GROUPS.items()},
            conditions=_weather(),
            classes=list(classes),
            most_bytes=request.app.state.most_bytes,
            most_pixels=service.most_pixels,
        )
    )


async def _street(request: Request) -> Response:
    number = request.query_params.get("number", "0")
    condition = request.query_params.get("condition", "clear")
    if not (number.isdecimal() and int(number[:9]) < _MOST_STREETS):
        return _error(f"'number' must lie from 0 to {_MOST_STREETS - 1}")
    weather = _weather()
    if condition not in weather:
        return _error(
            f"'condition' must be one of {', '.join(weather) or 'none: mmseg is missing'}"
        )
    picture = await run_in_threadpool(_render, int(number), condition)
    return Response(encode_image(picture), media_type="image/png")


def _weather() -> list[str]:
    """The conditions of generated streets; none where mmseg, which knows their classes, is missing or broken."""
    try:
        from sympie_seg.streets import CONDITIONS
    except Exception:  # a broken installation raises whatever it likes
        return []
    return ["clear", *CONDITIONS]


def _render(number: int, condition: str) -> np.ndarray:
    from sympie_seg.streets import SceneKey, apply_condition, render_scene

    key = SceneKey(0, "app", "val", condition, number)
    return apply_condition(render_scene(key, _STREET_SIZE), condition)


async def _enhance(request: Request) -> Response:
    service: EnhancingService = request.app.state.service
    try:
        settings = read_settings(
            request.query_params.get("settings", ""), list(service.enhancers), service.adjustable
        )
        data = await _body(request, request.app.state.most_bytes)
        name = request.query_params.get("name", "")[:_LONGEST_NAME] or "picture"
        content = await run_in_threadpool(_work, service, data, name, settings)
    except ClientDisconnect:
        return Response(status_code=499)  # nobody reads it
    except TooLargeError as error:
        return _error(str(error), 413)
    except (ValueError, FloatingPointError) as error:
        return _error(str(error))
    except MemoryError:
        return _error("there is not enough memory for a picture of this size")
    return JSONResponse(content)


def _work(service: EnhancingService, data: bytes, name: str, settings: Any) -> dict[str, Any]:
    return answer(service.run(data, name, settings), service.network)


async def _body(request: Request, most: int) -> bytes:
    """Read what was uploaded, and stop at the limit, whatever was announced."""
    told = f"the file is larger than {most / 2**20:g} MiB, which is the most that is taken"
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most:
        raise TooLargeError(told)
    data = bytearray()
    async for block in request.stream():
        data += block
        if len(data) > most:
            raise TooLargeError(told)
    return bytes(data)


def _error(message: str, status: int = 400) -> Response:
    return JSONResponse(dict(error=message), status)


async def _not_found(request: Request, error: Exception) -> Response:
    return _error(f"there is no {request.url.path[:_LONGEST_NAME]}", 404)


async def _failed(request: Request, error: Exception) -> Response:
    return _error(f"the server failed ({type(error).__name__}); its terminal says more", 500)
