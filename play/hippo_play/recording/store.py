"""Where finished parts of a record are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Store(Protocol):
    """Storage of finished parts."""

    def put(self, key: str, content: bytes) -> None:
        """Store the content under the key, or raise. The same part may be put twice."""


class BucketStore:
    """The projects bucket. The task role allows this container to write below `Trials/` only."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def put(self, key: str, content: bytes) -> None:
        """Put one object. Raises botocore's errors."""
        kind = "application/x-ndjson" if key.endswith(".jsonl") else "application/octet-stream"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=kind)
