"""A fake S3 and SNS on loopback for measurements: stores objects in memory and counts every call.

It runs as a separate process (`python -m bench.fake_s3`), prints its port, and ends when its
standard input closes. Each answer takes `delay_ms`, as a call to AWS in the same Region takes some
20 ms. Control requests of the measuring program:

    PUT  /_bench/object/{key}        store an object without counting it
    PUT  /_bench/copies/{count}/{key prefix}   store it under {prefix}0, {prefix}1, ...
    POST /_bench/reset?delay_ms=25   forget the counts, and set the delay
    GET  /_bench/counts              JSON: see `Counts`
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from bench.canned_aws import BUCKET

_REPOSITORY: Final = Path(__file__).resolve().parents[1]
_MISSING: Final = b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"
_CHANGED: Final = b"<Error><Code>PreconditionFailed</Code><Message>changed</Message></Error>"
_PUBLISHED: Final = (
    b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>'
    b"<MessageId>00000000-0000-0000-0000-000000000000</MessageId></PublishResult></PublishResponse>"
)


@dataclass
class Counts:
    """What was called since the last reset.

    Attributes:
        calls: number of calls by operation, such as "GetObject".
        bytes_in: bytes of request bodies. bytes_out: bytes of response bodies.
        round_trips: number of times a call arrived while no other was being answered: the calls
            that cannot have run side by side.
        keys: the keys of objects that were read or written.
    """

    calls: Counter[str] = field(default_factory=Counter)
    bytes_in: int = 0
    bytes_out: int = 0
    round_trips: int = 0
    keys: set[str] = field(default_factory=set)


class _Store:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.objects: dict[str, bytes] = {}
        self.counts = Counts()
        self.in_flight = 0
        self.delay = 0.0

    def begin(self, operation: str, key: str, size: int) -> None:
        with self.lock:
            self.counts.calls[operation] += 1
            self.counts.keys.add(key)
            self.counts.bytes_in += size
            self.counts.round_trips += self.in_flight == 0
            self.in_flight += 1
        time.sleep(self.delay)

    def end(self, size: int) -> None:
        with self.lock:
            self.counts.bytes_out += size
            self.in_flight -= 1


class FakeS3(BaseHTTPRequestHandler):
    """Answers GetObject and PutObject with their conditions (path style), and Publish of SNS."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # otherwise the client's delayed ACK adds 40 ms to each answer
    store: _Store

    def log_message(self, *_: Any) -> None:
        """Do not log requests."""

    def do_GET(self) -> None:
        """Answer GetObject."""
        if self.path == "/_bench/counts":
            counts = vars(self.store.counts) | {"keys": sorted(self.store.counts.keys)}
            self._answer(200, json.dumps(counts).encode())
            return
        key = self._key()
        self.store.begin("GetObject", key, 0)
        body = self.store.objects.get(key)
        if body is None:
            status, answer = 404, _MISSING
        elif self.headers.get("If-None-Match") == _etag(body):
            status, answer = 304, b""
        else:
            status, answer = 200, body
        self.store.end(len(answer))
        self._answer(status, answer, "" if body is None else _etag(body))

    def do_PUT(self) -> None:
        """Answer PutObject; store the objects of the measuring program."""
        body = self._body()
        if self.path.startswith("/_bench/object/"):
            self.store.objects[unquote(self.path.removeprefix("/_bench/object/"))] = body
            self._answer(200, b"")
            return
        if self.path.startswith("/_bench/copies/"):
            count, _, prefix = unquote(self.path.removeprefix("/_bench/copies/")).partition("/")
            self.store.objects.update({f"{prefix}{number}": body for number in range(int(count))})
            self._answer(200, b"")
            return
        key = self._key()
        self.store.begin("PutObject", key, len(body))
        with self.store.lock:
            stored = self.store.objects.get(key)
            wanted = self.headers.get("If-Match")
            is_refused = (wanted is not None and (stored is None or wanted != _etag(stored))) or (
                self.headers.get("If-None-Match") == "*" and stored is not None
            )
            if not is_refused:
                self.store.objects[key] = body
        answer = _CHANGED if is_refused else b""
        self.store.end(len(answer))
        self._answer(412 if is_refused else 200, answer, _etag(body))

    def do_POST(self) -> None:
        """Answer Publish; reset the counts."""
        body = self._body()
        url = urlsplit(self.path)
        if url.path == "/_bench/reset":
            self.store.counts = Counts()
            self.store.delay = float(parse_qs(url.query)["delay_ms"][0]) / 1000
            self._answer(200, b"")
            return
        self.store.begin("Publish", "", len(body))
        self.store.end(len(_PUBLISHED))
        self._answer(200, _PUBLISHED)

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}/")

    def _body(self) -> bytes:
        """Read a body with a length, or in the chunks of "aws-chunked" (SigV4 with a trailer)."""
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return raw
        body = b""
        while raw:
            size, _, rest = raw.partition(b"\r\n")
            length = int(size.split(b";")[0], 16)
            if length == 0:
                break
            body, raw = body + rest[:length], rest[length + 2 :]
        return body

    def _answer(self, status: int, body: bytes, etag: str = "") -> None:
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


@dataclass(frozen=True)
class Running:
    """The fake as a child process."""

    address: str

    def store(self, key: str, body: bytes) -> None:
        """Store an object without counting it."""
        self._request("PUT", f"/_bench/object/{key}", body)

    def store_copies(self, count: int, prefix: str, body: bytes) -> None:
        """Store an object under `count` keys without counting it."""
        self._request("PUT", f"/_bench/copies/{count}/{prefix}", body)

    def reset(self, delay_ms: float = 0) -> None:
        """Forget the counts, and set how long each answer takes."""
        self._request("POST", f"/_bench/reset?delay_ms={delay_ms}", b"")

    def counts(self) -> Counts:
        """Return what was called since the last reset."""
        found = json.loads(self._request("GET", "/_bench/counts", None))
        return Counts(**(found | {"calls": Counter(found["calls"]), "keys": set(found["keys"])}))

    def _request(self, method: str, path: str, body: bytes | None) -> bytes:
        asked = urllib.request.Request(self.address + path, body, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - loopback
            return bytes(answer.read())


@contextmanager
def running() -> Iterator[Running]:
    """Run the fake as a child process; yield its face."""
    command = [sys.executable, "-m", "bench.fake_s3"]
    with subprocess.Popen(command, cwd=_REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None  # noqa: S101 - opened with PIPE
        assert child.stdout is not None  # noqa: S101 - opened with PIPE
        try:
            yield Running(f"http://127.0.0.1:{child.stdout.readline().strip()}")
        finally:
            child.stdin.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


def main() -> None:
    """Serve until standard input closes."""
    FakeS3.store = _Store()
    server = _Server(("127.0.0.1", 0), FakeS3)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
