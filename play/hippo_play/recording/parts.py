"""Stores events as JSON lines, in numbered parts, under `{projectId}/Trials/{userId}/{sessionId}/`.

    record   buffers lines in memory
    save     every few seconds: writes the lines as a part on disk, moves the parts to the bucket

A part never changes once written, so at most the last few seconds are lost, and only if the program
is killed. While S3 does not answer, parts wait on disk and follow later, in order; the next program
of the same session on the same disk also sends the parts of a killed program. Without a bucket, as
on a researcher's own machine, the parts stay in the folder.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .store import FolderStore, Store

log = logging.getLogger(__name__)


class Record:
    """The events of one run of the server."""

    def __init__(
        self,
        folder: Path,
        prefix: str,
        store: Store | None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Start a run; also sends parts that an earlier run of this session left on disk.

        Args:
            folder: of the parts that wait for the store; without a store, of all parts.
            prefix: `{projectId}/Trials/{userId}/{sessionId}`, in the folder and in the store.
            store: receives the parts.
            clock: the current time. The names contain the start time: a task that replaces another
                one within a session must not overwrite the first task's parts.
        """
        self._folder = folder
        self._prefix = prefix
        self._store = store
        self._clock = clock
        self._run = f"{clock():%Y%m%dT%H%M%S.%f}"[:-3] + "Z"
        self._part = 0
        self._lines: list[str] = []
        self._note: tuple[str, bytes] | None = None
        self._saving = threading.Lock()

    def record(self, *events: dict[str, Any]) -> None:
        """Add events, each stamped with the time (UTC)."""
        now = self._clock().isoformat(timespec="milliseconds")
        self._lines += [json.dumps({"time": now, **event}) for event in events]

    def note(self, key: str, content: bytes) -> None:
        """Store a small object with the next save, after the events before it; the latest counts."""
        self._note = (key, content)

    def checkpoint(self, name: str) -> Path:
        """Return a folder for files that belong to the record; `keep` makes them part of it."""
        return self._folder / self._prefix / f"{self._run}-{name}.unfinished"

    def keep(self, folder: Path) -> None:
        """Store the files of a folder of `checkpoint` with the next save."""
        finished = folder.with_suffix("")
        if folder.is_dir() and any(folder.iterdir()) and not finished.exists():
            folder.rename(finished)

    def save(self) -> bool:
        """Store all events; return False, with the reason in the log, if that failed.

        The next call retries. Any thread may call this, also during `record`; of two concurrent
        calls one waits for the other.
        """
        with self._saving:
            try:
                self._seal()
                self._deliver()
                self._put_note()
            except Exception:  # the game continues, and the events stay
                log.exception("events are not stored yet")
                return False
            return True

    def _seal(self) -> None:
        """Write the buffered lines as a part."""
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
            log.warning("cannot write to the disk: this part goes directly to the bucket", exc_info=True)
            self._store.put(key, content)
        # Events recorded while this thread was writing stay for the next part.
        del self._lines[: len(lines)]
        self._part += 1

    def _deliver(self) -> None:
        """Move the parts that wait on disk to the store, oldest first."""
        if self._store is None:
            return
        root = self._folder / self._prefix
        files = [*sorted(root.glob("*.jsonl")), *sorted(root.glob("*/**/*"))]
        for file in files:
            name = file.relative_to(root).as_posix()
            if file.is_file() and ".unfinished" not in name:
                self._store.put(f"{self._prefix}/{name}", file.read_bytes())
                file.unlink()

    def _put_note(self) -> None:
        note = self._note
        if note is not None:
            (self._store or FolderStore(self._folder)).put(*note)
            if self._note is note:  # no newer one while this thread was writing
                self._note = None

    @staticmethod
    def _write(file: Path, content: bytes) -> None:
        """Write a file atomically: an incomplete file must never count as a part."""
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_bytes(content)
        unfinished.replace(file)
