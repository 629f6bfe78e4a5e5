"""Load what the options name and serve the page."""

from __future__ import annotations

import socket
import sys
import threading

import torch

from sympie_seg.app.enhancers import offer_enhancers
from sympie_seg.app.enhancing import EnhancingService
from sympie_seg.app.listening import address_of, allowed_hosts, is_loopback, listen, open_browser
from sympie_seg.app.options import Options

__all__ = ["load_service", "run_app", "serve"]

_MEBI, _MEGA = 2**20, 1_000_000


def run_app(options: Options) -> None:
    """Take the port, load enhancers and network, and serve the page until Ctrl-C.

    Raises:
        OSError: if the port is taken or may not be taken, or a file is missing.
        ValueError: if a file cannot be used.
        ImportError: if a config is given and mmseg is missing or broken.
        KeyboardInterrupt: if it is stopped before it serves.
    """
    listening = listen(options.host, options.port)  # before the seconds that loading takes
    print("Loading the enhancers ...", flush=True)
    serve(load_service(options), listening, options)


def load_service(options: Options) -> EnhancingService:
    """Load enhancers and network.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if one cannot be used.
        ImportError: if a config is given and mmseg is missing or broken.
    """
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
        from sympie_seg.app.prediction import load_predictor

        network = load_predictor(options.config, options.checkpoint)
    service = EnhancingService(enhancers, network, round(options.max_megapixels * _MEGA))
    service.warm_up()
    return service


def serve(service: EnhancingService, listening: socket.socket, options: Options) -> None:
    """Answer requests until the process is interrupted."""
    import uvicorn  # of the extra, as starlette is

    from sympie_seg.app.server import build_app

    app = build_app(service, allowed_hosts(options.host), round(options.max_megabytes * _MEBI))
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    address = address_of(listening)
    print(f"The app runs at {address} (stop it with Ctrl-C)", flush=True)
    if not is_loopback(listening.getsockname()[0]):
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
