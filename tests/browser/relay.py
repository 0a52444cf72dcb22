"""A browser on this machine reaches the participants' servers of the local cloud, whose names no resolver knows.

`ws://127.0.0.1:{relay}/{name}:{port}` leads to the address that the zone holds for the name. Nothing that passes is
looked at but the first line.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_LONGEST_HEAD = 16 * 1024
_CONNECT_SECONDS = 5.0

Resolve = Callable[[str], str]


@contextmanager
def running(resolve: Resolve) -> Iterator[int]:
    """A relay until the block ends; its port.

    Args:
        resolve: the address of a name; raises LookupError if there is none.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, resolve), name="relay", daemon=True).start()
        yield int(listener.getsockname()[1])


def _serve(listener: socket.socket, resolve: Resolve) -> None:
    while True:
        try:
            browser, _ = listener.accept()
        except OSError:
            return  # the block has ended
        threading.Thread(target=_relay, args=(browser, resolve), daemon=True).start()


def _relay(browser: socket.socket, resolve: Resolve) -> None:
    with browser:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
            received = browser.recv(4096)
            if not received:
                return
            head += received
        try:
            name, _, port = head.split(b" ")[1].decode().strip("/").partition(":")
            server = socket.create_connection((resolve(name), int(port)), timeout=_CONNECT_SECONDS)
        except (LookupError, ValueError, OSError):
            with suppress(OSError):
                browser.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        with server:
            server.settimeout(None)
            server.sendall(head)
            back = threading.Thread(target=_copy, args=(server, browser), daemon=True)
            back.start()
            _copy(browser, server)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until one side ends, then end the other."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for side in (source, target):
        with suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
