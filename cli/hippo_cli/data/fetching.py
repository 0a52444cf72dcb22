"""Lists and reads objects of the bucket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import code_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GONE: Final = frozenset({"NoSuchKey", "NoSuchVersion", "404", "NotFound"})


@dataclass(frozen=True)
class Listed:
    """An object in a listing; `size` is in bytes."""

    key: str
    etag: str
    size: int = 0


@dataclass(frozen=True)
class Fetched:
    """An object's stored bytes."""

    key: str
    etag: str
    body: bytes


def listed(s3: S3Client, bucket: str, prefix: str, *, below: bool = True) -> Iterator[Listed]:
    """Yield the objects below a prefix, in the order of their keys.

    Without `below`, yield only those of this folder.
    """
    lists = s3.get_paginator("list_objects_v2")
    pages = lists.paginate(Bucket=bucket, Prefix=prefix)
    if not below:
        pages = lists.paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    for page in pages:
        for found in page.get("Contents", []):
            yield Listed(found["Key"], found["ETag"], found["Size"])


def fetched(s3: S3Client, bucket: str, key: str, version: str | None = None) -> Fetched | None:
    """Read an object, or a past version of it; None if it no longer exists."""
    try:
        if version is None:
            answer = s3.get_object(Bucket=bucket, Key=key)
        else:
            answer = s3.get_object(Bucket=bucket, Key=key, VersionId=version)
    except ClientError as error:
        if code_of(error) in _GONE:
            return None
        raise
    return Fetched(key, answer["ETag"], answer["Body"].read())
