"""Carries a browser's WebSocket to a participant's server on this machine.

On AWS a browser finds the server by its DNS name, `wss://{userId}.{rootDomain}:5000`. Here no
resolver knows that name, and the server listens at an address in 127.0.0.0/8, without TLS. The
relay does not inspect the bytes.
"""

from __future__ import annotations

import contextlib
import socket
import threading

_CONNECT_SECONDS = 5.0
_BUFFER = 65536  # bytes


def connect(address: str, port: int) -> socket.socket:
    """Connect to a server.

    Raises:
        OSError: no server listens there.
    """
    server = socket.create_connection((address, port), timeout=_CONNECT_SECONDS)
    server.settimeout(None)
    return server


def carry(browser: socket.socket, server: socket.socket) -> None:
    """Copy bytes in both directions until both sides have ended; close the server's side."""
    with server:
        back = threading.Thread(target=_copy, args=(server, browser), daemon=True)
        back.start()
        _copy(browser, server)
        back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Copy bytes until one side ends, then end the other."""
    with contextlib.suppress(OSError):
        while data := source.recv(_BUFFER):
            target.sendall(data)
    for side in (source, target):
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
