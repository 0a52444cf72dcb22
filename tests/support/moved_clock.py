"""A clock that runs and that tests move, and Pebble on that clock.

Pebble knows the machine's time only. `pebble_on` stands between it and renew_certificate: it passes
every request on, and gives the certificates that Pebble issues the dates of the moved clock, signed
with Pebble's own key. So a client that trusts only Pebble's root trusts them.
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from hippo_gym.runtime.clock import SystemClock
from tests.support.pebble import Pebble

_CHAIN: Final = "application/pem-certificate-chain"
_HANGS: Final = 300.0
_LONGEST_SLEEP: Final = 0.1


@dataclass
class MovedClock(SystemClock):
    """The machine's clock, `ahead` of the machine."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, _LONGEST_SLEEP))


@contextmanager
def pebble_on(clock: MovedClock, pebble: Pebble) -> Iterator[Pebble]:
    """Serve a Pebble whose certificates have the dates of `clock`; yield it with its other address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(clock, pebble))
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pebble.trusted, pebble.trusted.with_suffix(".key"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield replace(pebble, directory=f"https://127.0.0.1:{server.server_port}/dir")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_HANGS)


def _handler(clock: MovedClock, pebble: Pebble) -> type[BaseHTTPRequestHandler]:
    trusts = ssl.create_default_context(cafile=str(pebble.trusted))
    target = urlsplit(pebble.directory).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Pass on with its Host, by which Pebble names its own addresses."""
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            connection = http.client.HTTPSConnection(target, context=trusts, timeout=_HANGS)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if answer.headers.get_content_type() == _CHAIN:
                content = moved(content, clock.ahead, pebble.issuer_key)
            elif self.path == "/dir":
                content = _without_advice(content)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in {"content-length", "transfer-encoding", "connection", "date"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_POST = do_HEAD = do_GET  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    return Handler


def moved(chain: bytes, ahead: timedelta, issuer_key: str) -> bytes:
    """Return a chain (PEM) whose first certificate begins and ends later."""
    leaf, *issuers = x509.load_pem_x509_certificates(chain)
    key: Any = serialization.load_pem_private_key(issuer_key.encode(), None)
    builder = x509.CertificateBuilder(leaf.issuer, leaf.subject, leaf.public_key(), leaf.serial_number)
    builder = builder.not_valid_before(leaf.not_valid_before_utc + ahead)
    builder = builder.not_valid_after(leaf.not_valid_after_utc + ahead)
    for extension in leaf.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    certificates = [builder.sign(key, hashes.SHA256()), *issuers]
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates)


def _without_advice(directory: bytes) -> bytes:
    """Leave out renewal information, which Pebble gives by its own clock."""
    held = json.loads(directory)
    held.pop("renewalInfo", None)
    return json.dumps(held).encode()


def dates(certificate: Any) -> tuple[datetime, datetime]:
    """Return from when to when a certificate is valid, of `ssl.SSLSocket.getpeercert`."""
    begins, ends = (ssl.cert_time_to_seconds(certificate[name]) for name in ("notBefore", "notAfter"))
    return datetime.fromtimestamp(begins, UTC), datetime.fromtimestamp(ends, UTC)
