"""The run of ``sympie-seg app``: a page that shows, on pictures of one's own, what the enhancers do.

==============  ==================================================================================
file            what
==============  ==================================================================================
``__init__``    the options
``command``     the address, the run
``enhancers``   the enhancers that the page offers
``prediction``  the frozen network behind them, where one is given
``settings``    what the visitor asked for, checked
``enhancing``   picture and settings in, result out: plain functions, no web
``answers``     the result as JSON with pictures
``server``      the routes, and the limits on what is uploaded
``page``        HTML, CSS and JavaScript; they name no other host
==============  ==================================================================================
"""

from __future__ import annotations

import argparse
import errno
import ipaddress
import os
import socket
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING

from sympie_seg.utils.extras import MissingExtraError, require_app

if TYPE_CHECKING:
    from sympie_seg.cli.app.enhancing import EnhancingService

__all__ = ["run"]

_MEBI, _MEGA = 2**20, 1_000_000
_NO_BROWSER = "no browser could be opened (no display?): open the address yourself"


def run(options: argparse.Namespace) -> int:
    """Load what the options name and serve the page until Ctrl-C; see ``sympie_seg.cli.app`` for them.

    Returns:
        0.

    Raises:
        SystemExit: with a message, if something is missing, does not fit, or the port is taken.
    """
    try:
        require_app()
        check(options)
        listening = listen(options.host, options.port)  # before the seconds that loading takes
        print("Loading the enhancers ...", flush=True)
        service = load_service(options)
    except (MissingExtraError, OSError, ValueError, ImportError) as error:
        raise SystemExit(f"error: {error}") from None
    except KeyboardInterrupt:
        raise SystemExit("stopped") from None
    serve(service, listening, options)
    print("stopped")
    return 0


def check(options: argparse.Namespace) -> None:
    """Check the options that need nothing to be loaded.

    Raises:
        ValueError: with the option and the fix.
    """
    if not 0 <= options.port <= 65535:
        raise ValueError(f"--port must lie in [0, 65535], got {options.port}; 0 takes a free one")
    for name in ("max_megabytes", "max_megapixels"):
        if not 0 < getattr(options, name) <= 1024:
            shown = name.replace("_", "-")
            raise ValueError(f"--{shown} must lie in (0, 1024], got {getattr(options, name):g}")


def listen(host: str, port: int) -> socket.socket:
    """Take the port.

    Raises:
        OSError: if it is taken, may not be taken, or the host is not of this machine; the message names the fix.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise OSError(
            f"--host '{host}' is no address of this machine ({error.strerror})"
        ) from error
    listening = socket.socket(family, socket.SOCK_STREAM)
    if os.name != "nt":  # there it would let two servers share a port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(128)
    except OSError as error:
        listening.close()
        fix = {
            errno.EADDRINUSE: "is taken: name another with --port (0 takes a free one)",
            errno.EACCES: "may not be taken by this user: name one above 1023 with --port",
            errno.EADDRNOTAVAIL: "cannot be taken: --host is no address of this machine",
        }.get(error.errno or 0, f"cannot be taken ({error.strerror})")
        raise OSError(f"port {port} of {host} {fix}") from error
    return listening


def load_service(options: argparse.Namespace) -> EnhancingService:
    """Load enhancers and network.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if one cannot be used.
        ImportError: if a config is given and mmseg is missing or broken.
    """
    import torch

    from sympie_seg.cli.app.enhancers import offer_enhancers
    from sympie_seg.cli.app.enhancing import EnhancingService

    device = "cuda" if torch.cuda.is_available() else "cpu"
    enhancers, notes = offer_enhancers(options.enhancer or (), device)
    for note in notes:
        print(f"note: {note}")
    if not enhancers:
        raise ValueError("there is no enhancer to show: name a file with --enhancer")
    network = None
    if options.config is not None:
        # The package is not imported by its parts; this raises where mmseg is missing or broken, and says so.
        sys.modules["sympie_seg"].comparison  # noqa: B018
        from sympie_seg.cli.app.prediction import load_predictor

        network = load_predictor(options.config, options.checkpoint)
    service = EnhancingService(enhancers, network, round(options.max_megapixels * _MEGA))
    service.warm_up()
    return service


def serve(service: EnhancingService, listening: socket.socket, options: argparse.Namespace) -> None:
    """Answer requests until the process is interrupted."""
    import uvicorn

    from sympie_seg.cli.app.server import build_app

    host, port = listening.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    app = build_app(service, allowed_hosts(options.host), round(options.max_megabytes * _MEBI))
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    print(f"The app runs at {address} (stop it with Ctrl-C)", flush=True)
    if not is_loopback(host):
        print(
            "note: whoever reaches this machine can use it, there is no password; browsers give the camera to pages "
            "of 127.0.0.1 or https only"
        )
    if options.open:
        threading.Thread(target=open_browser, args=(address,), daemon=True).start()
    try:
        uvicorn.Server(config).run([listening])
    except KeyboardInterrupt:
        pass
    finally:
        listening.close()


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


def allowed_hosts(host: str) -> list[str]:
    """Names under which the app may be asked for; any where it listens for other machines."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    return [*names, host] if host in ("127.0.0.1", "localhost", "::1") else ["*"]


def open_browser(address: str) -> None:
    """Open the page; say so where there is no display."""
    has_display = not sys.platform.startswith("linux") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )  # without one, a browser for terminals would take this one
    if not has_display or not webbrowser.open(address):
        print(f"note: {_NO_BROWSER}", flush=True)
