"""What happened, kept as JSON lines, in numbered parts, under `{projectId}/Trials/{userId}/{sessionId}/`.

    record   lines gather in memory
    save     every few seconds: they become a part on disk; each part goes to the bucket, and then leaves the disk

A part is written once and never touched again, so whatever breaks, at most the last few seconds are at stake, and only
if the program is killed outright. While S3 does not answer, parts wait on disk and go later, in order; those that a
killed program left are found by the next one of the same session on the same disk. Without a bucket, as on a
researcher's own machine, the folder is where they stay.
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
    """A place for finished parts."""

    def put(self, key: str, content: bytes) -> None:
        """Keep the content under the key, or raise. The same part may come twice."""


class BucketStore:
    """The projects bucket. The task's role lets this container write below `Trials/` only."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def put(self, key: str, content: bytes) -> None:
        """Put one object. Raises botocore's errors."""
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType="application/x-ndjson")


class Trial:
    """The record of one run of the server."""

    def __init__(
        self,
        folder: Path,
        prefix: str,
        store: Store | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Begin a record, or go on with what an earlier run of this session left on this disk.

        Args:
            folder: where parts wait for the store, or stay if there is none.
            prefix: `{projectId}/Trials/{userId}/{sessionId}`; both the folder's and the store's.
            store: where they go.
            clock: the time. That of the start goes into the names: a task that replaces another within one session
                must not write over what the first one kept.
        """
        self._folder = folder
        self._prefix = prefix
        self._store = store
        self._clock = clock
        self._run = f"{clock():%Y%m%dT%H%M%S.%f}"[:-3] + "Z"
        self._part = 0
        self._lines: list[str] = []
        self._saving = threading.Lock()

    def record(self, *events: Event) -> None:
        """Add events, each stamped with the time (UTC)."""
        now = self._clock().isoformat(timespec="milliseconds")
        self._lines += [json.dumps({"time": now, **event}) for event in events]

    def save(self) -> bool:
        """Bring what was recorded so far to where it belongs; True if all of it is there.

        What could not be kept yet is tried again by the next call; the reason is in the log. May be called from any
        thread, beside `record`; of two calls at once one waits for the other.
        """
        with self._saving:
            try:
                self._seal()
                self._deliver()
            except Exception:  # whatever disk or bucket raise, the game goes on, and nothing is thrown away
                log.exception("the record is not stored yet")
                return False
            return True

    def _seal(self) -> None:
        """Make a part of the lines that have gathered."""
        lines = list(self._lines)
        if not lines:
            return
        content = "".join(f"{line}\n" for line in lines).encode()
        key = f"{self._prefix}/{self._run}-{self._part:05}.jsonl"
        try:
            self._write(self._folder / key, content)
        except OSError:
            if self._store is None:
                raise
            log.warning("the disk takes nothing: this part goes straight to the bucket", exc_info=True)
            self._store.put(key, content)
        # What was recorded while this thread was writing stays for the next part.
        del self._lines[: len(lines)]
        self._part += 1

    def _deliver(self) -> None:
        """Put the parts that wait on disk into the store, oldest first."""
        if self._store is None:
            return
        for file in sorted((self._folder / self._prefix).glob("*.jsonl")):
            self._store.put(f"{self._prefix}/{file.name}", file.read_bytes())
            file.unlink()

    @staticmethod
    def _write(file: Path, content: bytes) -> None:
        """Write a file whole or not at all: a part that is half there must never be taken for one."""
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_bytes(content)
        unfinished.replace(file)
