"""What a warm function remembers of the bucket: trusted for some seconds, then asked about by ETag.

What is kept under a version of a study is trusted for ever, there or not: `hippo submit` has written all of it before
the master list names the version, and nothing changes it (versions.py).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hippo_gym.runtime.clock import Clock
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.studies import versions

_MOST_ENTRIES: Final = 1024
_MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a function's 512 MB by default; the object that was read last is kept however large it is."""


@dataclass(frozen=True)
class _Entry:
    found: StoredObject | None
    checked: datetime

    @property
    def size(self) -> int:
        return len(self.found.body) if self.found is not None else 0


class ObjectCache:
    """Reads objects through a bounded memory. An absent object is remembered as absent, for the same time.

    Args:
        bucket: where the objects are.
        clock: tells when an entry has to be checked again.
        seconds: how long an answer is trusted; 0 asks S3 each time.
    """

    def __init__(self, bucket: Bucket, clock: Clock, seconds: float) -> None:
        self._bucket = bucket
        self._clock = clock
        self._age = timedelta(seconds=seconds)
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0

    def get(self, key: str, *, trust: bool = True) -> StoredObject | None:
        """Return the object, or None; an unchanged one is the same `StoredObject` as before.

        Args:
            key: the object's.
            trust: False asks S3 however young the memory is.
        """
        entry = self._entries.get(key)
        if entry is None or not trust or self._is_old(key, entry):
            known = entry.found if entry is not None else None
            found = self._bucket.get_if_changed(key, known) if known is not None else self._bucket.get(key)
            entry = _Entry(found, self._clock.now())
        self._remember(key, entry)
        return entry.found

    def _is_old(self, key: str, entry: _Entry) -> bool:
        return not key.startswith(versions.PREFIX) and self._clock.now() - entry.checked >= self._age

    def _remember(self, key: str, entry: _Entry) -> None:
        """Keep an entry as the newest one; the oldest ones go for which there is no room."""
        before = self._entries.pop(key, None)
        self._bytes += entry.size - (before.size if before is not None else 0)
        self._entries[key] = entry
        while len(self._entries) > 1 and (len(self._entries) > _MOST_ENTRIES or self._bytes > _MOST_BYTES):
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size
