"""A deployment in memory for the browser: the page's files and /next, on a loopback port.

Tests can hold requests, cut them before or after the API processes them, or refuse them.
"""

from __future__ import annotations

import gzip
import json
import mimetypes
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from hippo_gym.runtime import http
from local.content_policy import content_security_policy
from local.edge.distribution import PREFIX, Distribution
from tests.browser.study import Study

FRONTEND: Final = Path(__file__).resolve().parents[2] / "frontend"
LOOPBACK: Final = "127.0.0.1"

GAME_SERVERS: Final = ("ws://127.0.0.1:*", "ws://*.localhost:*")
"""Addresses of the tests' games: the page may also connect to its own origin and the API's."""

BEFORE_PAGE: Final = "/before-page.js"

SMALLEST_COMPRESSED: Final = 1000
"""Bytes. CloudFront compresses only larger files (developer guide, "Serve compressed files")."""


@dataclass(frozen=True)
class Asked:
    """One request to /next."""

    method: str
    query: Mapping[str, str]
    body: Any
    at: float

    @property
    def step(self) -> str | None:
        """The step that the request names."""
        return self.query.get("step")


@dataclass
class Trouble:
    """A failure of the next requests.

    Attributes:
        count: number of requests that fail.
        method: HTTP method of the requests that fail; None: any.
        processed: the API processes the request, and its answer is lost.
        status: status of the answer, with an HTML page as body; None cuts the connection.
        retry_after: seconds; value of the header Retry-After.
    """

    count: int = 1
    method: str | None = None
    processed: bool = False
    status: int | None = None
    retry_after: int | None = None


@dataclass
class Site:
    """The state of the server: its study, received requests, and failures to cause.

    Attributes:
        asked: the requests to /next.
        answered: the answers of /next.
        troubles: failures of the next requests.
        scripted: answers that replace the API's, in turn; the last one is repeated.
        delay: seconds before each answer of /next.
        gate: while it is not set, /next processes requests but does not answer.
        files: further pages, by path.
        before_page: scripts that run before those of the page.
        may_be_framed: the site's own pages may show the page in a frame.
        may_ask: other origins that the page may request, if the content policy allows it.
        may_be_logged: texts that a test expects in the browser's console.
        folder: the page's files: their sources, or what a deployment uploads.
        edge: answers /game/*, on the edge route.
    """

    study: Study
    asked: list[Asked] = field(default_factory=list)
    answered: list[Any] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    scripted: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=lambda: {"api": "/next"})
    delay: float = 0.0
    gate: threading.Event | None = None
    files: dict[str, str] = field(default_factory=dict)
    before_page: list[str] = field(default_factory=list)
    may_be_framed: bool = False
    may_ask: set[str] = field(default_factory=set)
    has_policy: bool = True
    may_be_logged: list[str] = field(default_factory=list)
    folder: Path = FRONTEND
    edge: Distribution | None = None
    port: int = 0

    @property
    def origin(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def policy(self) -> str:
        """The content security policy of a deployment, which the tests' pages must not violate."""
        policy = content_security_policy((*GAME_SERVERS, *self.settings.get("allow", ())))
        return policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'") if self.may_be_framed else policy

    def link(self, **query: str) -> str:
        """The page's address."""
        given = {"projectId": self.study.entry["id"], "userId": "ada", **query}
        return f"{self.origin}/?" + "&".join(f"{name}={value}" for name, value in given.items() if value)

    def posts(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == "POST"]

    def next(self, event: Mapping[str, Any]) -> tuple[int, Any]:
        if self.scripted:
            status, value = 200, self.scripted.pop(0) if len(self.scripted) > 1 else self.scripted[0]
        else:
            status, value = self.study.answer(http.read_request(event))
        self.answered.append(value)
        return status, value

    def trouble_for(self, method: str) -> Trouble | None:
        for trouble in self.troubles:
            if trouble.count > 0 and trouble.method in (None, method):
                trouble.count -= 1
                return trouble
        return None


@contextmanager
def serve(study: Study) -> Iterator[Site]:
    """Serve a study until the block ends."""
    server = _Server(Site(study))
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True)
    thread.start()
    try:
        yield server.site
    finally:
        if server.site.gate is not None:
            server.site.gate.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site) -> None:
        self.site = site
        super().__init__((LOOPBACK, 0), _Handler)
        site.port = self.server_port


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""

    @property
    def _site(self) -> Site:
        return self.server.site

    def _serve(self) -> None:
        address = urlsplit(self.path)
        try:
            if address.path.startswith(PREFIX) and self._site.edge is not None:
                self._site.edge.answer(self)
            elif address.path == "/next":
                self._next(dict(parse_qsl(address.query, keep_blank_values=True)))
            elif address.path == "/settings.json":
                self._send(200, "application/json", json.dumps(self._site.settings).encode())
            elif address.path == BEFORE_PAGE:
                self._send(200, "text/javascript", "\n".join(self._site.before_page).encode())
            elif address.path in self._site.files:
                self._send(200, "text/html; charset=utf-8", self._site.files[address.path].encode())
            else:
                self._file(unquote(address.path).lstrip("/") or "index.html")
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _next(self, query: dict[str, str]) -> None:
        site = self._site
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        site.asked.append(Asked(self.command, query, json.loads(body) if body else None, time.monotonic()))
        trouble = site.trouble_for(self.command)
        event = {
            "httpMethod": self.command,
            "queryStringParameters": query,
            "headers": dict(self.headers.items()),
            "body": body or None,
        }
        if trouble is not None:
            if trouble.processed:
                site.next(event)
            self._fail(trouble)
            return
        status, value = site.next(event)
        time.sleep(site.delay)
        if site.gate is not None:
            site.gate.wait(300)
        self._send(status, "application/json", json.dumps(value, ensure_ascii=False).encode())

    def _fail(self, trouble: Trouble) -> None:
        if trouble.status is None:
            self.close_connection = True
            return
        more = {} if trouble.retry_after is None else {"Retry-After": str(trouble.retry_after)}
        self._send(trouble.status, "text/html", b"<h1>Bad gateway</h1>", more)

    def _file(self, name: str) -> None:
        path = (self._site.folder / name).resolve()
        if not path.is_file() or not path.is_relative_to(self._site.folder):
            self._send(404, "text/plain", b"There is nothing here.")
            return
        kind = {".js": "text/javascript", ".svg": "image/svg+xml"}.get(path.suffix) or mimetypes.guess_type(name)[0]
        content, more = path.read_bytes(), {}
        if path.suffix == ".html" and self._site.has_policy:
            more["Content-Security-Policy"] = self._site.policy
        if path.name == "index.html" and self._site.before_page:
            content = content.replace(b"<head>", f'<head><script src="{BEFORE_PAGE}"></script>'.encode(), 1)
        if len(content) >= SMALLEST_COMPRESSED:
            content, more["Content-Encoding"] = gzip.compress(content, compresslevel=6, mtime=0), "gzip"
        self._send(200, kind or "application/octet-stream", content, more)

    def _send(self, status: int, kind: str, content: bytes, more: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Cache-Control": "no-cache", **(more or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
