"""The objects that a warm function keeps in memory: used for some seconds, then checked by ETag.

An object under a version of a study is cached permanently, including "not found": `hippo submit`
writes all objects of a version before the master list names it, and nothing changes them afterwards
(versions.py).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hippo_gym.runtime.clock import Clock
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.studies import versions

_MAX_ENTRIES: Final = 1024
_MAX_BYTES: Final = 64 * 1024 * 1024
"""Of a function's default 512 MB; the object that was read last is kept even if it is larger."""


@dataclass(frozen=True)
class _Entry:
    found: StoredObject | None
    checked: datetime

    @property
    def size(self) -> int:
        return len(self.found.body) if self.found is not None else 0


class ObjectCache:
    """Reads objects through a bounded cache, which also caches "not found".

    Args:
        bucket: holds the objects.
        clock: the time, for the age of entries.
        seconds: how long an entry is used without a call to S3; 0 calls S3 each time.
    """

    def __init__(self, bucket: Bucket, clock: Clock, seconds: float) -> None:
        self._bucket = bucket
        self._clock = clock
        self._age = timedelta(seconds=seconds)
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0

    def get(self, key: str, *, trust: bool = True) -> StoredObject | None:
        """Return the object, or None; an unchanged object is the same `StoredObject` as before.

        Args:
            key: the object's key.
            trust: False calls S3 even if the entry is new.
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
        """Keep an entry as the newest one; drop the oldest entries beyond the limits."""
        before = self._entries.pop(key, None)
        self._bytes += entry.size - (before.size if before is not None else 0)
        self._entries[key] = entry
        while len(self._entries) > 1 and (len(self._entries) > _MAX_ENTRIES or self._bytes > _MAX_BYTES):
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size
