"""What a warm function remembers of the bucket: trusted for some seconds, then asked about by ETag."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from hippo_gym.bucket import Bucket, StoredObject
from hippo_gym.clock import Clock

_MOST_ENTRIES = 1024


@dataclass(frozen=True)
class _Entry:
    found: StoredObject | None
    checked: datetime


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

    def get(self, key: str, *, trust: bool = True) -> StoredObject | None:
        """Return the object, or None; an unchanged one is the same `StoredObject` as before.

        Args:
            key: the object's.
            trust: False asks S3 however young the memory is.
        """
        now = self._clock.now()
        entry = self._entries.get(key)
        if entry is None or not trust or now - entry.checked >= self._age:
            known = entry.found if entry is not None else None
            found = self._bucket.get_if_changed(key, known) if known is not None else self._bucket.get(key)
            entry = _Entry(found, now)
        self._entries[key] = entry
        self._entries.move_to_end(key)
        if len(self._entries) > _MOST_ENTRIES:
            self._entries.popitem(last=False)
        return entry.found
