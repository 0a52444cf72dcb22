"""Where finished parts of a record are stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT: Final = ("NoSuchKey", "AccessDenied", "404", "403")


class Store(Protocol):
    """Storage of finished parts."""

    def put(self, key: str, content: bytes) -> None:
        """Store the content under the key, or raise. The same part may be put twice."""

    def get(self, key: str) -> bytes | None:
        """Return what is stored under the key; None: nothing. Raises if the store does not answer."""


class FolderStore:
    """A folder, as on a researcher's own machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: bytes) -> None:
        """Write one file. Raises OSError."""
        file = self._folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".unfinished")
        unfinished.write_bytes(content)
        unfinished.replace(file)

    def get(self, key: str) -> bytes | None:
        """Read one file. Raises OSError, except where there is none."""
        file = self._folder / key
        return file.read_bytes() if file.is_file() else None


class BucketStore:
    """The projects bucket. The task role allows this container to write below `Trials/` only."""

    def __init__(self, s3: S3Client, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def put(self, key: str, content: bytes) -> None:
        """Put one object. Raises botocore's errors."""
        kind = "application/x-ndjson" if key.endswith(".jsonl") else "application/octet-stream"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=kind)

    def get(self, key: str) -> bytes | None:
        """Get one object. Raises botocore's errors, except where there is none.

        Who may list nothing is answered AccessDenied for an object that does not exist:
        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        """
        try:
            return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                return None
            raise
