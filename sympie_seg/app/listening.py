"""The address of the page: the port, the names under which it may be asked for, the browser that opens it."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import sys
import webbrowser

__all__ = ["address_of", "allowed_hosts", "is_loopback", "listen", "open_browser"]

_NO_BROWSER = "no browser could be opened (no display?): open the address yourself"


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


def address_of(listening: socket.socket) -> str:
    """Give the address that a browser is sent to."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


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
