"""Serves the participant page as CloudFront does on AWS: `python -m local.page_server`.

/                              the files of frontend/
/settings.json                 this deployment's: where the API is, and how a server is reached
/assets/…                      the files of studies, from the bucket `ASSETS_BUCKET`
/servers/{name}:{port}         a WebSocket to the server with this name in the hosted zone
/game/{signed path}            the same on the edge route, by the CloudFront Function (local/edge)
"""

from __future__ import annotations

import argparse
import contextlib
import json
import mimetypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from local import relay
from local.cloud import Cloud
from local.content_policy import content_security_policy
from local.edge import route
from local.edge.distribution import PREFIX, Distribution
from local.inspection import Inspector
from local.places import ASSETS_BUCKET, LOOPBACK, REPOSITORY

FRONTEND = REPOSITORY / "frontend"
_SERVERS = "/servers/"
_MODULES = {".js": "text/javascript", ".svg": "image/svg+xml"}  # whatever this system's own table says


@dataclass(frozen=True)
class Asset:
    """A file of a study, and the type with which it is served."""

    kind: str
    content: bytes


@dataclass(frozen=True)
class Deployment:
    """The settings of a deployment that the page needs."""

    api_url: str
    """The whole URL of /next."""
    address_of: Callable[[str], str]
    """Returns the hosted zone's address of a name; raises LookupError if there is none."""
    asset: Callable[[str], Asset | None] = lambda key: None
    """Returns the file of a study with this key."""
    edge: Distribution | None = None
    """Through which the page reaches servers; None: by /servers."""

    @classmethod
    def of(cls, cloud: Cloud) -> Deployment:
        """Return the settings of a cloud's deployment."""
        s3 = cloud.client("s3")

        def asset(key: str) -> Asset | None:
            try:
                found = s3.get_object(Bucket=ASSETS_BUCKET, Key=key)
            except s3.exceptions.NoSuchKey:
                return None
            return Asset(found["ContentType"], found["Body"].read())

        return cls(cloud.next_url, Inspector(cloud).address_of, asset, route.distribution(cloud))


class PageServer(ThreadingHTTPServer):
    """Serves the page of one deployment."""

    daemon_threads = True

    def __init__(self, deployment: Deployment, port: int = 0) -> None:
        self.deployment = deployment
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def url(self) -> str:
        """The page's address, without a slash at its end."""
        return f"http://{LOOPBACK}:{self.server_port}"

    @property
    def settings(self) -> dict[str, str]:
        """settings.json, which the page loads before anything else."""
        if self.deployment.edge is not None:
            return {"api": self.deployment.api_url}
        servers = f"ws://{LOOPBACK}:{self.server_port}{_SERVERS}{{host}}:{{port}}"
        return {"api": self.deployment.api_url, "server": servers}

    @property
    def content_security_policy(self) -> str:
        """The website module's policy, with this server in place of the participants' servers."""
        api = urlsplit(self.deployment.api_url)
        return content_security_policy([f"{api.scheme}://{api.netloc}", f"ws://{LOOPBACK}:{self.server_port}"])


@contextmanager
def serving(deployment: Deployment) -> Iterator[PageServer]:
    """Serve the page from this process until the block ends."""
    server = PageServer(deployment)
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.05), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        if deployment.edge is not None:
            deployment.edge.function.close()


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        with contextlib.suppress(ConnectionError, TimeoutError):
            if path.startswith(_SERVERS):
                self._carry(path.removeprefix(_SERVERS))
            elif path.startswith("/assets/"):
                self._asset(path.removeprefix("/"))
            elif path.startswith(PREFIX) and self.server.deployment.edge is not None:
                self.server.deployment.edge.answer(self)
            elif path == "/settings.json":
                self._send(200, "application/json", json.dumps(self.server.settings).encode())
            else:
                self._file(path.lstrip("/") or "index.html")

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: request lines name participants."""

    def _carry(self, server: str) -> None:
        self.close_connection = True
        name, _, port = server.rpartition(":")
        try:
            participants = relay.connect(self.server.deployment.address_of(name), int(port))
        except (LookupError, ValueError, OSError):
            self._send(502, "text/plain", b"No server answers by this name.")
            return
        head = f"{self.requestline}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        participants.sendall(f"{head}\r\n".encode("latin-1"))
        relay.carry(self.connection, participants)

    def _asset(self, key: str) -> None:
        found = self.server.deployment.asset(key)
        if found is None:
            self._send(404, "text/plain", b"There is nothing here.")
        else:
            self._send(200, found.kind, found.content)

    def _file(self, name: str) -> None:
        path = (FRONTEND / name).resolve()
        if not path.is_file() or not path.is_relative_to(FRONTEND):
            self._send(404, "text/plain", b"There is nothing here.")
            return
        kind = _MODULES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._send(200, f"{kind}; charset=utf-8" if kind.startswith("text/") else kind, path.read_bytes())

    def _send(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-cache")
        if kind.startswith("text/html"):
            self.send_header("Content-Security-Policy", self.server.content_security_policy)
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    """Serve the page of the cloud in a state folder until the process ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    PageServer(Deployment.of(Cloud(given.state_dir)), given.port).serve_forever()


if __name__ == "__main__":
    main()
