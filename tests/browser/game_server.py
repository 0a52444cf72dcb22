"""A game server that a test controls: sends its messages and records received ones."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

ALL_MOVES = ["left", "right", "up", "down", "leftUp", "rightUp", "leftDown", "rightDown", "fire"]

HANG_SECONDS = 300.0
"""Until a wait is given up. It bounds a hang alone: machines that run this share their cores."""


class GameServer:
    """Listens on one loopback port, also after `stop` and `start`.

    Attributes:
        received: every message since the start, of all connections.
        texts: the same messages as they came.
        paths: the path of each connection's request.
        offered: the sub-protocols that each connection offered, with commas between them.
        welcome: messages that every new connection gets first.
    """

    def __init__(self, host: str = "127.0.0.1", port: int | None = None) -> None:
        self.host = host
        with socket.create_server((host, port or 0)) as free:
            self.port = int(free.getsockname()[1])
        self.received: list[dict[str, Any]] = []
        self.texts: list[str | bytes] = []
        self.paths: list[str] = []
        self.offered: list[str] = []
        self.welcome: list[Any] = [
            {"UI": ["left", "right", "start", "good", "bad", "stop"], "Instructions": ["Press Start."]},
            {"frame": picture((40, 90, 140)), "frameId": 1, "display": {"Score": 0}},
        ]
        self.connections = 0
        self._open: list[ServerConnection] = []
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._server = serve(self._receive, self.host, self.port, select_subprotocol=_first)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut all connections, as when AWS stops the task."""
        if self._server is None or self._thread is None:
            return
        self.cut()
        self._server.shutdown()
        self._thread.join()
        self._server = None

    def cut(self) -> None:
        """Break all connections without a close frame."""
        for connection in self._open:
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)

    def close(self, code: int = 1000) -> None:
        """Close all connections with a close frame."""
        for connection in list(self._open):
            connection.close(code)

    def send(self, message: Any) -> None:
        """Send a message to all connections: text and bytes unchanged, anything else as JSON."""
        self.wait_for_connection(1)
        for connection in list(self._open):
            with suppress(ConnectionClosed):
                connection.send(_written(message))

    def stream(self, frames: int = 8) -> None:
        """Send several pictures, as a running game does."""
        for number in range(frames):
            self.send({"frame": picture((9, 9, 9)), "frameId": number, "display": {"Picture": number + 1}})

    def wait_for(self, found: Callable[[dict[str, Any]], Any], seconds: float = HANG_SECONDS) -> dict[str, Any]:
        """Wait for a message."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in list(self.received):
                if found(message):
                    return message
            time.sleep(0.02)
        raise AssertionError(f"not received within {seconds:g} s; received: {self.received}")

    def wait_for_connection(self, number: int = 1, seconds: float = HANG_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while self.connections < number:
            assert time.monotonic() < deadline, f"no connection {number}"
            time.sleep(0.02)

    def _receive(self, connection: ServerConnection) -> None:
        if (request := connection.request) is not None:
            self.paths.append(request.path)
            self.offered.append(request.headers.get("Sec-WebSocket-Protocol", ""))
        try:
            self._record(connection.recv())
            self._open.append(connection)
            self.connections += 1
            for message in self.welcome:
                connection.send(_written(message))
            for text in connection:
                self._record(text)
        except (ConnectionClosed, OSError):
            return
        finally:
            if connection in self._open:
                self._open.remove(connection)

    def _record(self, text: str | bytes) -> None:
        self.texts.append(text)
        self.received.append(json.loads(text))


def _first(connection: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    return offered[0] if offered else None


def _written(message: Any) -> str | bytes:
    return message if isinstance(message, str | bytes) else json.dumps(message)


@contextmanager
def running() -> Iterator[GameServer]:
    """Run a game server until the block ends."""
    server = GameServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (64, 40)) -> str:
    """Return a JPEG of one colour, base64, as in a frame message."""
    return base64.b64encode(_encoded(colour, size, "JPEG")).decode()


def binary_frame(frame_id: int, colour: tuple[int, int, int], kind: str = "JPEG") -> bytes:
    """Return a frame of one colour as a binary message. kind: JPEG or WEBP."""
    return frame_id.to_bytes(4, "big") + _encoded(colour, (64, 40), kind)


def _encoded(colour: tuple[int, int, int], size: tuple[int, int], kind: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, colour).save(written, kind)
    return written.getvalue()
