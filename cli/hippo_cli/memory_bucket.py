"""A projects bucket in memory, on which the functions' code runs without AWS."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from hippo_gym.runtime.errors import Conflict
from hippo_gym.storage.bucket import Bucket, Listed, StoredObject


class MemoryBucket(Bucket):
    """Stores objects as `Bucket` does, with the same conditional writes. Thread-safe."""

    def __init__(self, objects: Mapping[str, bytes] | None = None) -> None:
        self.name = "memory"
        self._lock = threading.Lock()
        self._objects: dict[str, StoredObject] = {}
        self._modified: dict[str, datetime] = {}
        self._writes = itertools.count()
        for key, body in (objects or {}).items():
            self.put(key, body)

    def put(self, key: str, body: bytes) -> None:
        """Write an object unconditionally."""
        with self._lock:
            self._objects[key] = StoredObject(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')
            self._modified[key] = datetime.now(UTC)

    def remove(self, key: str) -> None:
        """Delete an object; a missing one is no error."""
        with self._lock:
            self._objects.pop(key, None)

    def get(self, key: str) -> StoredObject | None:
        """Read an object; None if it does not exist."""
        return self._objects.get(key)

    def get_if_changed(self, key: str, known: StoredObject) -> StoredObject | None:
        """Read an object again; `known` itself if it has not changed."""
        stored = self.get(key)
        return known if stored is not None and stored.etag == known.etag else stored

    def exists(self, key: str) -> bool:
        """Return whether an object has this key."""
        return key in self._objects

    def delete(self, key: str, etag: str) -> None:
        """Delete the object if it has this ETag; a missing one is no error.

        Raises:
            Conflict: the object has changed.
        """
        with self._lock:
            stored = self._objects.get(key)
            if stored is not None and stored.etag != etag:
                raise Conflict(f"{key} was changed by another request")
            self._objects.pop(key, None)

    def listed(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects below a prefix, in the order of their keys."""
        there = sorted((key, each.etag) for key, each in list(self._objects.items()) if key.startswith(prefix))
        yield from (Listed(key, etag, self._modified[key]) for key, etag in there)

    def _put(self, key: str, value: Any, **condition: Any) -> str:
        body = json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8")
        with self._lock:
            stored = self._objects.get(key)
            etag = None if stored is None else stored.etag
            if condition and etag != condition.get("IfMatch"):
                raise Conflict(f"{key} was changed by another request")
            etag = f'"{next(self._writes)}"'
            self._objects[key] = StoredObject(body, etag)
            self._modified[key] = datetime.now(UTC)
        return etag
