"""Objects of the bucket, many at once: listed page by page, fetched by threads, handed on in the order asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import code_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

THREADS: Final = 24
"""Below the 32 connections of a deployment's clients (`hippo_cli.deployment`)."""

_AHEAD: Final = 4 * THREADS
_GONE: Final = frozenset({"NoSuchKey", "NoSuchVersion", "404", "NotFound"})

Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Listed:
    """An object as a list shows it."""

    key: str
    etag: str


@dataclass(frozen=True)
class Fetched:
    """An object's bytes, as they are stored."""

    key: str
    etag: str
    body: bytes


def listed(s3: S3Client, bucket: str, prefix: str, *, below: bool = True) -> Iterator[Listed]:
    """Yield the objects below a prefix, in the order of their keys; without `below`, those of this folder alone."""
    lists = s3.get_paginator("list_objects_v2")
    pages = lists.paginate(Bucket=bucket, Prefix=prefix)
    if not below:
        pages = lists.paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    for page in pages:
        for found in page.get("Contents", []):
            yield Listed(found["Key"], found["ETag"])


def fetched(s3: S3Client, bucket: str, key: str, version: str | None = None) -> Fetched | None:
    """Read one object, or a past version of it; None if it is gone."""
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


def in_parallel(work: Callable[[Given], Made], given: Iterable[Given]) -> Iterator[Made]:
    """Yield what `work` makes of each thing given, in their order; threads do it, and only a few are ahead.

    Whatever ends the reading of this (an error, Ctrl-C) leaves what was not begun undone.
    """
    waiting: deque[Future[Made]] = deque()
    rest = iter(given)
    threads = ThreadPoolExecutor(THREADS, thread_name_prefix="fetch")
    try:
        waiting.extend(threads.submit(work, one) for one in islice(rest, _AHEAD))
        while waiting:
            made = waiting.popleft().result()
            waiting.extend(threads.submit(work, one) for one in islice(rest, 1))
            yield made
    finally:
        threads.shutdown(wait=True, cancel_futures=True)
