"""A CA's HTTP side on loopback, as a test writes it: which answers each address gives, one after the other.

It signs and checks nothing: Pebble does (tests/support/pebble.py). It is for what Pebble never answers.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

_HANGS: Final = 300.0


@dataclass(frozen=True)
class Answer:
    """An answer: JSON, or text that is no JSON; `hangs_up` sends nothing and closes the connection."""

    status: int = 200
    body: Mapping[str, Any] | str = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs_up: bool = False


def problem(kind: str, status: int, detail: str = "no", **headers: str) -> Answer:
    """Return an error of ACME (RFC 8555, 6.7); `Retry_After` is the header Retry-After."""
    body = {"type": f"urn:ietf:params:acme:error:{kind}", "detail": detail, "status": status}
    return Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass
class AcmeServer:
    """A running server.

    Attributes:
        url: its address.
        answers: by path; the last one of a path is repeated.
        asked: each request's path, and what it sent; None for a read (POST-as-GET).
    """

    url: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def directory(self) -> str:
        return f"{self.url}/dir"

    def times(self, path: str) -> int:
        """Return how often a path was asked."""
        return sum(asked == path for asked, _ in self.asked)

    def take(self, path: str) -> Answer:
        waiting = self.answers.get(path, [Answer(404, "there is nothing here")])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def serving() -> Iterator[AcmeServer]:
    """Serve a directory, nonces and an account; the test adds the rest to `answers`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    found = AcmeServer(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = _handler(found)
    names = ("newNonce", "newAccount", "newOrder", "renewalInfo")
    found.answers |= {
        "/dir": [Answer(body={name: f"{found.url}/{name}" for name in names})],
        "/newNonce": [Answer()],
        "/newAccount": [Answer(201, {"status": "valid"}, {"Location": f"{found.url}/account/1"})],
    }
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_HANGS)


def _handler(served: AcmeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            given = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            served.asked.append((self.path, _payload(given)))
            answer = served.take(self.path)
            if answer.hangs_up:
                self.close_connection = True
                return
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            self.send_response(answer.status)
            kind = "text/plain" if isinstance(answer.body, str) else "application/json"
            nonce = base64.urlsafe_b64encode(f"{len(served.asked):08}".encode()).decode().rstrip("=")
            fixed = {"Replay-Nonce": nonce, "Content-Type": kind, "Content-Length": str(len(text.encode()))}
            for name, value in (fixed | dict(answer.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text.encode())

        do_POST = do_HEAD = do_GET  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    return Handler


def _payload(given: bytes) -> Any:
    """Return what a signed request says; None for one that says nothing."""
    if not given:
        return None
    text = json.loads(given)["payload"]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) if text else None
