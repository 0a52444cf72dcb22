"""S3: one bucket, strongly consistent, with conditional writes (Amazon S3 user guide, "conditional requests")."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tests.support.simulated_world.errors import client_error
from tests.support.simulated_world.faults import Faults
from tests.support.simulated_world.kernel import EPOCH, Kernel

_PAGE: Final = 1000


@dataclass(frozen=True)
class Stored:
    """One object's current state."""

    body: bytes
    etag: str
    modified: datetime = EPOCH


class S3:
    """The operations of one bucket.

    Attributes:
        objects: by key.
        watchers: called after every change with the key, the old body and the new body; None: no
            object.
    """

    PAGES: Final = {"list_objects_v2": (("NextContinuationToken", "ContinuationToken"),)}

    def __init__(self, kernel: Kernel, faults: Faults) -> None:
        self._kernel = kernel
        self._faults = faults
        self.objects: dict[str, Stored] = {}
        self.watchers: list[Callable[[str, bytes | None, bytes | None], None]] = []

    # --- for tests ---

    def json(self, key: str) -> Any:
        """Return an object's parsed body; None if there is none."""
        stored = self.objects.get(key)
        return None if stored is None else json.loads(stored.body)

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a prefix."""
        return (key for key in sorted(self.objects) if key.startswith(prefix))

    def put(self, key: str, text: str) -> None:
        """Write an object, outside virtual time."""
        self._write(key, text.encode("utf-8"))

    # --- operations ---

    def get_object(self, *, Bucket: str, Key: str, IfNoneMatch: str | None = None) -> dict[str, Any]:  # noqa: N803
        """GetObject: 304 if the ETag still matches, 404 NoSuchKey."""
        stored = self.objects.get(Key)
        if stored is None:
            raise client_error("NoSuchKey", "The specified key does not exist.", "GetObject", 404)
        if IfNoneMatch == stored.etag:
            raise client_error("304", "Not Modified", "GetObject", 304)
        return {"Body": io.BytesIO(stored.body), "ETag": stored.etag, "ContentLength": len(stored.body)}

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        """HeadObject: errors have no body, and the status as code."""
        stored = self.objects.get(Key)
        if stored is None:
            raise client_error("404", "Not Found", "HeadObject", 404)
        return {"ETag": stored.etag, "ContentLength": len(stored.body)}

    def put_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Body: bytes | str,  # noqa: N803
        IfNoneMatch: str | None = None,  # noqa: N803
        IfMatch: str | None = None,  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        """PutObject: 412 (false condition), 404 (If-Match, no object), 409 (another write)."""
        conditional = IfNoneMatch is not None or IfMatch is not None
        if conditional and self._faults.happens("busy_key"):
            raise client_error(
                "ConditionalRequestConflict",
                "The conditional request cannot succeed due to a conflicting operation against this resource.",
                "PutObject",
                409,
            )
        self._check(Key, IfNoneMatch, IfMatch, "PutObject")
        return {"ETag": self._write(Key, Body.encode("utf-8") if isinstance(Body, str) else Body)}

    def delete_object(self, *, Bucket: str, Key: str, IfMatch: str | None = None) -> dict[str, Any]:  # noqa: N803
        """DeleteObject: 412 for another ETag, 404 for If-Match without an object."""
        self._check(Key, None, IfMatch, "DeleteObject")
        removed = self.objects.pop(Key, None)
        if removed is not None:
            self._notify(Key, removed.body, None)
        return {}

    def list_objects_v2(
        self,
        *,
        Bucket: str,  # noqa: N803
        Prefix: str = "",  # noqa: N803
        ContinuationToken: str = "",  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        """ListObjectsV2: at most 1,000 keys a page, in order."""
        following = [key for key in self.keys(Prefix) if key > ContinuationToken]
        page = following[:_PAGE]
        there = [(key, self.objects[key]) for key in page]
        answer: dict[str, Any] = {
            "Contents": [{"Key": key, "ETag": each.etag, "LastModified": each.modified} for key, each in there]
        }
        if len(following) > _PAGE:
            answer["NextContinuationToken"] = page[-1]
        return answer

    def _check(self, key: str, if_none_match: str | None, if_match: str | None, operation: str) -> None:
        stored = self.objects.get(key)
        if if_match is not None and stored is None:
            raise client_error("NoSuchKey", "The specified key does not exist.", operation, 404)
        failed = (if_none_match == "*" and stored is not None) or (
            if_match is not None and stored is not None and stored.etag != if_match
        )
        if failed:
            raise client_error(
                "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", operation, 412
            )

    def _write(self, key: str, body: bytes) -> str:
        # S3's ETag is a digest of the content: the same bytes have the same ETag.
        etag = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        before = self.objects.get(key)
        self.objects[key] = Stored(body, etag, EPOCH + timedelta(seconds=self._kernel.seconds))
        self._notify(key, before.body if before else None, body)
        return etag

    def _notify(self, key: str, before: bytes | None, after: bytes | None) -> None:
        for watch in self.watchers:
            watch(key, before, after)
