"""The projects bucket: whole objects, read and written conditionally.

S3 is strongly consistent, and a PUT with `If-None-Match: *` or `If-Match: <etag>` succeeds for
exactly one of several writers: the only lock in this system. A lost race is 412 PreconditionFailed,
a race in progress 409 ConditionalRequestConflict, an `If-Match` on a missing key 404 (Amazon S3
user guide, "conditional writes").
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_gym.runtime import json_reading
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.errors import Conflict
from hippo_gym.runtime.logs import logger

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_RECORD: Final = "hippo-gym%3Akind=record"
"""The tag of participants' records, as a query. They are in the folders of their projects, so that
only a tag tells them from pages: the lifecycle rule of modules/projects_bucket selects by it.
"""

_DENIED = frozenset({"AccessDenied", "403"})
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_LOST_RACE = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})


@dataclass(frozen=True)
class StoredObject:
    """An object's bytes and its ETag, which a conditional write names."""

    body: bytes
    etag: str

    def json(self) -> Any:
        """Return the parsed body.

        Raises:
            NotJson: the body is not JSON in UTF-8, is nested too deeply, or has a number that is too
                large. It is a ValueError.
        """
        return json_reading.read(self.body)


@dataclass(frozen=True)
class Listed:
    """An object as a list shows it; `modified` is when it was last written, by S3's clock."""

    key: str
    etag: str
    modified: datetime


class Bucket:
    """One S3 bucket and its client."""

    def __init__(self, client: S3Client, name: str) -> None:
        self._client = client
        self.name = name

    def get(self, key: str) -> StoredObject | None:
        """Read an object; None if it does not exist."""
        try:
            answer = self._client.get_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if code_of(error) in _MISSING:
                return None
            raise
        return StoredObject(answer["Body"].read(), answer["ETag"])

    def get_if_changed(self, key: str, known: StoredObject) -> StoredObject | None:
        """Read an object again; `known` if it has not changed, None if it does not exist."""
        try:
            answer = self._client.get_object(Bucket=self.name, Key=key, IfNoneMatch=known.etag)
        except ClientError as error:
            if code_of(error) in {"304", "NotModified"}:
                return known
            if code_of(error) in _MISSING:
                return None
            raise
        return StoredObject(answer["Body"].read(), answer["ETag"])

    def exists(self, key: str) -> bool:
        """Return whether an object of exactly this key exists."""
        try:
            self._client.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if code_of(error) in _MISSING:
                return False
            raise
        return True

    def create_json(self, key: str, value: Any, *, record: bool = False) -> str:
        """Write a new object and return its ETag.

        Args:
            key: of the object.
            value: its content.
            record: tag it, so that its noncurrent versions expire early.

        Raises:
            Conflict: the object exists, or another writer is writing it.
        """
        return self._put(key, value, record=record, IfNoneMatch="*")

    def replace_json(self, key: str, value: Any, etag: str, *, record: bool = False) -> str:
        """Replace the version with this ETag and return the new ETag.

        Args:
            key: of the object.
            value: its content.
            etag: of the version to replace.
            record: as for `create_json`.

        Raises:
            Conflict: the object has changed or does not exist.
        """
        return self._put(key, value, record=record, IfMatch=etag)

    def write_json(self, key: str, value: Any) -> str:
        """Write an object unconditionally and return its ETag.

        For data that can be rebuilt at any time.

        Raises:
            Conflict: another writer is writing it.
        """
        return self._put(key, value)

    def _put(self, key: str, value: Any, *, record: bool = False, **condition: Any) -> str:
        body = json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8")
        tagging: Any = {"Tagging": _RECORD} if record else {}
        try:
            answer = self._client.put_object(
                Bucket=self.name, Key=key, Body=body, ContentType="application/json", **tagging, **condition
            )
        except ClientError as error:
            if record and code_of(error) in _DENIED:
                # During an upgrade or a rollback the function's policy may be the other release's.
                logger.warning("written without its tag: the function may not tag objects")
                return self._put(key, value, **condition)
            if code_of(error) in _LOST_RACE | _MISSING:
                raise Conflict(f"{key} was changed by another request") from error
            raise
        return answer["ETag"]

    def delete(self, key: str, etag: str) -> None:
        """Delete the version with this ETag; a missing object is no error.

        Raises:
            Conflict: the object has changed.
        """
        try:
            self._client.delete_object(Bucket=self.name, Key=key, IfMatch=etag)
        except ClientError as error:
            if code_of(error) in _MISSING:
                return
            if code_of(error) in _LOST_RACE:
                raise Conflict(f"{key} was changed by another request") from error
            raise

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a prefix, page by page. Participants' requests never list."""
        yield from (listed.key for listed in self.listed(prefix))

    def etags(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Yield each key below a prefix and its ETag, as `get` returns it."""
        yield from ((listed.key, listed.etag) for listed in self.listed(prefix))

    def listed(self, prefix: str) -> Iterator[Listed]:
        """Yield each object below a prefix."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        for page in pages:
            for entry in page.get("Contents", []):
                yield Listed(entry["Key"], entry["ETag"], entry["LastModified"])
