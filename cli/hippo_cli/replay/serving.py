"""The replay's HTTP server, which accepts only requests from this machine.

/                the page
/replay.json     the time lines, with the study's and the participant's name
/picture/N       picture N, a JPEG
"""

from __future__ import annotations

import json
import mimetypes
import re
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from hippo_cli.preview import requests
from hippo_cli.replay.finding import COULD_NOT
from hippo_cli.replay.playing import Film
from hippo_cli.replay.words import verdict
from hippo_common.errors import HippoError

HOST: Final = "127.0.0.1"
_PAGE: Final = Path(__file__).parent / "page"
_SLOWEST: Final = 60.0  # seconds in which a browser sends the next part of a request
_PICTURE: Final = re.compile(r"/picture/([0-9]{1,9})")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Server(ThreadingHTTPServer):
    """Serves one replay."""

    daemon_threads = True

    def __init__(self, film: Film, study: str, user: str, port: int = 0) -> None:
        """Listen; port 0 takes a free one.

        Raises:
            HippoError: the port is taken.
        """
        self.film = film
        episodes = [{**each, "verdict": verdict(each)} for each in film.episodes]
        whole = {"study": study, "participant": user, "versions": film.report["versions"], "episodes": episodes}
        self.timeline = json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace")
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            what = f"Port {port} cannot be used: {error.strerror}."
            raise HippoError(what, "Leave --port out to use a free port.", COULD_NOT) from error

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = _SLOWEST

    def do_GET(self) -> None:
        names = tuple(f"{name}:{self.server.server_port}" for name in (HOST, "localhost"))
        with suppress(ConnectionError, TimeoutError):  # the browser left
            try:
                requests.check(self.path, self.headers, names)
            except requests.BadRequest as error:
                self._send(error.status, "text/plain", str(error).encode())
                return
            self._answer(unquote(urlsplit(self.path).path))

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the terminal is for the researcher."""

    def _answer(self, path: str) -> None:
        named = _PICTURE.fullmatch(path)
        if path == "/replay.json":
            self._send(200, "application/json", self.server.timeline)
            return
        if named is not None:
            picture = self.server.film.picture(int(named[1]))
            if picture is not None:
                self._send(200, "image/jpeg", picture, "max-age=86400")
                return
        file = None if named is not None else requests.file_in(_PAGE, path.removeprefix("/") or "index.html")
        if file is None:
            self._send(404, "text/plain", b"Not found.")
            return
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self._send(200, f"{kind}; charset=utf-8", file.read_bytes())

    def _send(self, status: int, kind: str, content: bytes, caching: str = "no-store") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", caching)
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)
