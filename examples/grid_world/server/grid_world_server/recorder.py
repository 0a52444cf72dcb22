"""Stores events as JSON lines, in parts, under `{projectId}/Trials/{userId}/{sessionId}/`.

Events are buffered in memory and written every few seconds as a new, numbered object that never
changes. One object per event would cost a request per key press; one growing object would be
rewritten each time, and lost if the server stopped during a write. With parts, at most the last few
seconds can be lost.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from .game import Event

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = logging.getLogger(__name__)


class Store(Protocol):
    """Storage of finished parts."""

    def write(self, key: str, content: bytes) -> None:
        """Store the content under the key, or raise."""


class BucketStore:
    """The projects bucket. The task role allows this container to write below `Trials/` only."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def write(self, key: str, content: bytes) -> None:
        """Put one object. Raises botocore's errors."""
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType="application/x-ndjson")


class FolderStore:
    """A folder, for a game on the researcher's own machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, key: str, content: bytes) -> None:
        """Write one file. Raises OSError."""
        file = self._folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


class Recorder:
    """Buffers one server's events and writes them in parts."""

    def __init__(self, store: Store, prefix: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Make a recorder for one run of the server; prefix: `{projectId}/Trials/{userId}/{sessionId}`.

        The keys contain the run's start time: a task that replaces another one within a session
        must not overwrite the first task's parts.
        """
        self._store = store
        self._clock = clock
        self._prefix = f"{prefix}/{clock():%Y%m%dT%H%M%SZ}"
        self._part = 0
        self._lines: list[str] = []
        self._writing = threading.Lock()

    def record(self, *events: Event) -> None:
        """Add events, each stamped with the time (UTC)."""
        now = self._clock().isoformat(timespec="milliseconds")
        self._lines += [json.dumps({"time": now, **event}) for event in events]

    def flush(self) -> bool:
        """Write the buffered events; return False, with the reason in the log, if that failed.

        The next call retries events that are not written. Any thread may call this, also during
        `record`; concurrent calls write one after the other.
        """
        with self._writing:
            lines = list(self._lines)
            if not lines:
                return True
            content = "".join(line + "\n" for line in lines).encode()
            try:
                self._store.write(f"{self._prefix}-{self._part:04}.jsonl", content)
            except Exception:  # the game continues and the events stay buffered
                log.exception("part %d of the record (%d events) not written yet", self._part, len(lines))
                return False
            # Events recorded while this thread was writing stay for the next part.
            del self._lines[: len(lines)]
            self._part += 1
            return True
