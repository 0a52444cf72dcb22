"""Runs the CloudFront Function that routes games: the file that Terraform uploads, in Node."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.places import REPOSITORY

FILE: Final = REPOSITORY / "terraform" / "modules" / "website" / "game_route.js"
_RUNNER: Final = Path(__file__).with_name("run_function.mjs")
_SECONDS: Final = 10


class FunctionFailedError(RuntimeError):
    """Node is missing, or the function threw: CloudFront answers 503 then."""


@dataclass(frozen=True)
class Ran:
    """What the function did: it answered itself, or sent the request on.

    Attributes:
        response: its own answer, in CloudFront's form; None if it sent the request on.
        origin: what it passed to `cf.updateRequestOrigin`, or None.
        used: how many `macs` it computed, of how many bytes (`hashed`), and its `reads` of the store; with
            `counts` also `calls` of its functions, and with `times` the `microseconds` of a run.
    """

    response: Mapping[str, Any] | None
    origin: Mapping[str, Any] | None
    used: Mapping[str, float]


class EdgeFunction:
    """One Node process; `run` may be called by several threads."""

    def __init__(self, root_domain: str, file: Path = FILE, *, counts: bool = False) -> None:
        self._arguments = (str(file), root_domain, *(("count",) if counts else ()))
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._closed = False

    def run(
        self,
        uri: str,
        keys: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        now_ms: int | None = None,
        times: int = 0,
    ) -> Ran:
        """Run the function for one viewer request.

        Args:
            uri: the path.
            keys: content of the key value store: key id → secret.
            headers: of the request.
            now_ms: milliseconds since 1970; None: the present.
            times: how often it is run again, to measure the time of a run.

        Raises:
            FunctionFailedError: Node is missing, the function threw, or this is closed.
        """
        given: dict[str, Any] = {"uri": uri, "keys": dict(keys), "headers": dict(headers or {}), "times": times}
        line = json.dumps(given | ({} if now_ms is None else {"now": now_ms}))
        with self._lock:
            answer = self._exchange(line)
        return Ran(answer.get("response"), answer.get("origin"), answer["used"])

    def close(self) -> None:
        """End the process for good: a page that is still open may ask again."""
        with self._lock:
            self._closed = True
            self._end()

    def _exchange(self, line: str) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None  # noqa: S101 - opened as pipes
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError as error:
            self._end()
            raise FunctionFailedError(f"{self._arguments[0]}: {error}") from error
        if not answer:
            fault = process.stderr.read() if process.stderr is not None else ""
            self._end()
            raise FunctionFailedError(f"{self._arguments[0]}: {fault.strip()}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def _running(self) -> subprocess.Popen[str]:
        if self._closed:
            raise FunctionFailedError("the function is closed")
        if self._process is None:
            node = shutil.which("node")
            if node is None:
                raise FunctionFailedError("the edge route needs Node.js 18 or newer, and no program `node` was found")
            self._process = subprocess.Popen(
                [node, str(_RUNNER), *self._arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.terminate()
        process.wait(timeout=_SECONDS)
