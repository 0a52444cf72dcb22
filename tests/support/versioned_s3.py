"""A bucket with versions in virtual time: the S3 operations of the retention, which may be cut off at any call.

moto gives objects the machine's own time, so it cannot show what is a year old. The operations are
those of the Amazon S3 API reference; tests/terraform/test_calls.py runs the same code on moto.
"""

from __future__ import annotations

import hashlib
import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_gym.runtime.clock import Clock


class Crash(BaseException):
    """The process ends here; no handler of the code runs."""


@dataclass
class Stored:
    """A version, or a delete marker, whose body is None."""

    id: str
    body: bytes | None
    modified: datetime
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body or b"", usedforsecurity=False).hexdigest()}"'


CHANGES: Final = frozenset({"put_object", "delete_object", "delete_objects"})


class VersionedS3:
    """One bucket.

    Attributes:
        versions: of each key, the newest last.
        calls: the operations that were called.
        crash_at: the number of the call, from 0, before or after which the process ends.
        before: called with the name of each operation before it happens.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.versions: dict[str, list[Stored]] = {}
        self.calls: list[str] = []
        self.crash_at: tuple[int, str] | None = None
        self.before: Callable[[str, dict[str, Any]], None] = lambda name, arguments: None
        self._ids = itertools.count(1)

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        if name not in _OPERATIONS:
            return found

        def called(**arguments: Any) -> Any:
            number = len(self.calls)
            self.before(name, arguments)
            self.calls.append(name)
            if self.crash_at == (number, "before"):
                raise Crash
            answer = found(**arguments)
            if self.crash_at == (number, "after"):
                raise Crash
            return answer

        return called

    # --- for tests ---

    def write(self, key: str, body: bytes = b"{}", **tags: str) -> None:
        """Write a version, without a call."""
        version = Stored(f"v{next(self._ids)}", body, self.clock.now(), tags)
        self.versions.setdefault(key, []).append(version)

    def remove(self, key: str) -> None:
        """Add a delete marker, without a call."""
        self.versions[key].append(Stored(f"v{next(self._ids)}", None, self.clock.now()))

    def current(self, key: str) -> Stored | None:
        """Return the current version; None without one, or behind a delete marker."""
        there = self.versions.get(key, [])
        return there[-1] if there and there[-1].body is not None else None

    def all(self, part: str = "") -> list[str]:
        """Return the keys with this part that have any version or delete marker."""
        return sorted(key for key, there in self.versions.items() if there and part in key)

    # --- operations ---

    def get_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        stored = self._there(Key, "GetObject")
        return {"Body": io.BytesIO(stored.body or b""), "ETag": stored.etag}

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if self.current(Key) is None:
            raise _error("404", "HeadObject")
        return {}

    def get_object_tagging(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        tags = self._there(Key, "GetObjectTagging").tags
        return {"TagSet": [{"Key": name, "Value": value} for name, value in tags.items()]}

    def put_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Body: bytes,  # noqa: N803
        IfMatch: str | None = None,  # noqa: N803
        IfNoneMatch: str | None = None,  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        self._check(Key, IfMatch, "PutObject")
        if IfNoneMatch is not None and self.current(Key) is not None:
            raise _error("PreconditionFailed", "PutObject")
        self.write(Key, Body)
        return {"ETag": self.versions[Key][-1].etag}

    def delete_object(self, *, Bucket: str, Key: str, IfMatch: str | None = None) -> dict[str, Any]:  # noqa: N803
        self._check(Key, IfMatch, "DeleteObject")
        self.remove(Key)
        return {}

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        for each in Delete["Objects"]:
            kept = [version for version in self.versions[each["Key"]] if version.id != each["VersionId"]]
            self.versions[each["Key"]] = kept
        return {}

    def list_objects_v2(
        self,
        *,
        Bucket: str,  # noqa: N803
        Prefix: str = "",  # noqa: N803
        StartAfter: str = "",  # noqa: N803
        Delimiter: str = "",  # noqa: N803
        MaxKeys: int = 1000,  # noqa: N803
    ) -> dict[str, Any]:
        found: dict[str, Stored | None] = {}
        for key in sorted(self.versions):
            stored = self.current(key)
            if stored is None or not key.startswith(Prefix) or key <= StartAfter:
                continue
            below, delimiter, _ = key.removeprefix(Prefix).partition(Delimiter) if Delimiter else ("", "", "")
            found |= {f"{Prefix}{below}/": None} if delimiter else {key: stored}
        page = dict(itertools.islice(found.items(), MaxKeys))
        objects = [(key, stored) for key, stored in page.items() if stored is not None]
        return {
            "Contents": [{"Key": key, "ETag": each.etag, "LastModified": each.modified} for key, each in objects],
            "CommonPrefixes": [{"Prefix": key} for key, stored in page.items() if stored is None],
            "IsTruncated": len(found) > MaxKeys,
        }

    def list_object_versions(self, *, Bucket: str, Prefix: str) -> dict[str, Any]:  # noqa: N803
        found: dict[str, list[Any]] = {"Versions": [], "DeleteMarkers": []}
        for key, there in sorted(self.versions.items()):
            for number, each in enumerate(reversed(there)) if key.startswith(Prefix) else ():
                shown = {"Key": key, "VersionId": each.id, "IsLatest": number == 0, "LastModified": each.modified}
                if each.body is None:
                    found["DeleteMarkers"].append(shown)
                else:
                    found["Versions"].append(shown | {"ETag": each.etag})
        return found

    def get_paginator(self, operation: str) -> Any:
        """Return a paginator of one page: these tests have fewer objects than a page."""
        call = getattr(self, operation)

        class Paginator:
            def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
                yield call(**arguments)

        return Paginator()

    def _there(self, key: str, operation: str) -> Stored:
        stored = self.current(key)
        if stored is None:
            raise _error("NoSuchKey", operation)
        return stored

    def _check(self, key: str, if_match: str | None, operation: str) -> None:
        if if_match is not None and self._there(key, operation).etag != if_match:
            raise _error("PreconditionFailed", operation)


_OPERATIONS: Final = CHANGES | {
    "get_object",
    "head_object",
    "get_object_tagging",
    "list_objects_v2",
    "list_object_versions",
}


def _error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as S3 says"}}, operation)
