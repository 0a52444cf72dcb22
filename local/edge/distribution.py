"""Answers requests of /game/* as the page's CloudFront distribution does.

What the documentation leaves open can be set to the less favourable side (docs/connection.md, "What
is not proven"): an edge that uses a name's former address for a while, one that keeps a 502 for a
path, and one that cuts open sockets.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from local import relay
from local.edge.function import EdgeFunction, FunctionFailedError

PREFIX: Final = "/game/"


@dataclass
class Faults:
    """What this edge gets wrong.

    Attributes:
        keeps_addresses: seconds for which it uses an address that a name had before.
        keeps_errors: seconds for which it repeats a 502, by path.
    """

    keeps_addresses: float = 0.0
    keeps_errors: float = 0.0


@dataclass
class Distribution:
    """The behaviour /game/* of one deployment.

    Attributes:
        function: the CloudFront Function.
        keys: returns the content of its key value store.
        address_of: returns a name's address; raises LookupError if it has none.
        faults: see `Faults`; may be changed at any time.
        answered: each request's path with its status, 101 for one that was relayed.
    """

    function: EdgeFunction
    keys: Callable[[], Mapping[str, str]]
    address_of: Callable[[str], str]
    faults: Faults = field(default_factory=Faults)
    answered: list[tuple[str, int]] = field(default_factory=list)
    _addresses: dict[str, tuple[str, float]] = field(default_factory=dict)
    _errors: dict[str, float] = field(default_factory=dict)
    _open: list[socket.socket] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request: relay it to the server, or send an error."""
        handler.close_connection = True
        path = handler.path.partition("?")[0]
        try:
            ran = self.function.run(path, self.keys(), dict(handler.headers.items()))
        except FunctionFailedError as error:
            self._send(handler, path, 503, {}, str(error))
            return
        if ran.response is not None or ran.origin is None:
            response = ran.response or {"statusCode": 503}
            headers = {name: str(value["value"]) for name, value in response.get("headers", {}).items()}
            self._send(handler, path, int(response["statusCode"]), headers, "The path is refused.")
            return
        server = self._connect(path, ran.origin)
        if server is None:
            self._send(handler, path, 502, {}, "No server answers by this name.")
            return
        self.answered.append((path, 101))
        with self._lock:
            self._open.append(handler.connection)
        head = f"{handler.requestline}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in handler.headers.items())
        server.sendall(f"{head}\r\n".encode("latin-1"))
        relay.carry(handler.connection, server)

    def cut(self) -> None:
        """Cut every open socket, as an edge does that is taken out of service."""
        with self._lock:
            open_sockets, self._open = self._open, []
        for each in open_sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _connect(self, path: str, origin: Mapping[str, Any]) -> socket.socket | None:
        """Connect to the origin; None is CloudFront's 502."""
        now = time.monotonic()
        custom = origin["customOriginConfig"]
        if now < self._errors.get(path, 0.0) or custom["protocol"] != "http":  # these servers have no certificate
            return None
        for _ in range(int(origin["connectionAttempts"])):
            with contextlib.suppress(LookupError, OSError):
                return relay.connect(self._resolve(str(origin["domainName"]), now), int(custom["port"]))
        self._errors[path] = time.monotonic() + self.faults.keeps_errors
        return None

    def _resolve(self, name: str, now: float) -> str:
        address, until = self._addresses.get(name, ("", 0.0))
        if now >= until:
            address = self.address_of(name)
            self._addresses[name] = (address, now + self.faults.keeps_addresses)
        return address

    def _send(
        self, handler: BaseHTTPRequestHandler, path: str, status: int, headers: Mapping[str, str], text: str
    ) -> None:
        self.answered.append((path, status))
        content = text.encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if status >= 500:
            handler.send_header("X-Cache", "Error from cloudfront")
        handler.send_header("Content-Type", "text/plain")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
