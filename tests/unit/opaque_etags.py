"""A bucket with a KMS key, as far as ETags go: "ETags that are not an MD5 digest of their object data".

Amazon S3 API reference, "Object": so for objects that are encrypted with SSE-KMS. moto makes MD5 digests for these,
too.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from moto.s3.models import FakeKey


def _drawn(key: Any) -> str:
    if key._etag is None:
        key._etag = uuid.uuid4().hex
    return f'"{key._etag}"'


@pytest.fixture
def opaque_etags(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each write of an object an ETag of its own, whatever the content is."""
    monkeypatch.setattr(FakeKey, "etag", property(_drawn))
