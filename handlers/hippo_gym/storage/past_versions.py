"""The versions of the bucket's objects, and their permanent deletion.

A deletion in a bucket with versions leaves them, below a delete marker. Only what names a version
deletes for good (Amazon S3 user guide, "Deleting object versions from a versioning-enabled bucket").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from hippo_gym.runtime.errors import OperatorError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_IN_A_BATCH: Final = 1000
"""Versions that S3 deletes in one call (Amazon S3 API reference, DeleteObjects)."""


class NotDeleted(OperatorError):
    """S3 refused to delete some versions; the text names the first one, and why."""


@dataclass(frozen=True)
class Version:
    """One version of an object, or a delete marker, which has no ETag.

    `modified` is when it was written, by S3's clock.
    """

    key: str
    id: str
    is_marker: bool
    is_latest: bool
    modified: datetime
    etag: str = ""


class PastVersions:
    """The versions of one bucket."""

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def below(self, prefix: str) -> Iterator[Version]:
        """Yield the versions and delete markers of all keys below a prefix."""
        for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix):
            for found in page.get("Versions", []):
                yield _version(found, is_marker=False)
            for marker in page.get("DeleteMarkers", []):
                yield _version(marker, is_marker=True)

    def of(self, key: str) -> list[Version]:
        """Return the versions and delete markers of exactly this key."""
        return [version for version in self.below(key) if version.key == key]

    def delete(self, versions: Iterable[Version]) -> int:
        """Delete versions permanently; return how many.

        Those below go first: after an interruption no past version is current again.

        Raises:
            NotDeleted: S3 refused some. Versions above those are kept.
        """
        there = list(versions)
        for markers_and_latest in (False, True):
            rest = iter([each for each in there if (each.is_marker or each.is_latest) == markers_and_latest])
            while batch := list(islice(rest, _IN_A_BATCH)):
                named: list[Any] = [{"Key": version.key, "VersionId": version.id} for version in batch]
                deleted = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": named, "Quiet": True})
                refused = deleted.get("Errors", [])
                if refused:
                    first = refused[0]
                    what = f"{first.get('Key')}: {first.get('Code')} {first.get('Message', '')}".strip()
                    raise NotDeleted(f"{len(refused)} versions were not deleted, such as {what}")
        return len(there)


def _version(found: Any, *, is_marker: bool) -> Version:
    return Version(
        found["Key"], found["VersionId"], is_marker, found["IsLatest"], found["LastModified"], found.get("ETag", "")
    )
