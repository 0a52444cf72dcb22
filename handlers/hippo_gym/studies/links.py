"""Signed links: what `hippo links` puts into a participant's link, and how it is checked.

A link's proof is `v1.{expiry}.{signature}`: seconds since 1970, and HMAC-SHA256 over project, user
id and expiry with the study's key, in URL-safe base64. Pure functions; link_keys.py has the keys.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from typing import Final

_FORM: Final = re.compile(r"v1\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})", re.ASCII)
KEY_BYTES: Final = 32


class Verdict(Enum):
    """What a link's proof is worth."""

    VALID = "valid"
    EXPIRED = "expired"
    INVALID = "invalid"


def sign(key: bytes, project_id: str, user_id: str, expires_at: datetime) -> str:
    """Return the proof of a participant's link.

    Args:
        key: the study's, of `KEY_BYTES` bytes.
        project_id: the study.
        user_id: the participant; ids are compared in lower case.
        expires_at: from then on the link is not accepted; with offset.
    """
    expiry = str(int(expires_at.timestamp()))
    return f"v1.{expiry}.{_signature(key, project_id, user_id, expiry)}"


def looks_signed(proof: str) -> bool:
    """Return whether a proof has the form of a link's; says nothing about its signature."""
    return _FORM.fullmatch(proof) is not None


def verify(keys: Iterable[bytes], proof: str, project_id: str, user_id: str, now: datetime) -> Verdict:
    """Check a link's proof with each of the keys; compares in constant time."""
    found = _FORM.fullmatch(proof)
    if found is None:
        return Verdict.INVALID
    expiry, signature = found.groups()
    expected = [_signature(key, project_id, user_id, expiry) for key in keys]
    if not any(hmac.compare_digest(signature, each) for each in expected):
        return Verdict.INVALID
    return Verdict.VALID if now.timestamp() < int(expiry) else Verdict.EXPIRED


def _signature(key: bytes, project_id: str, user_id: str, expiry: str) -> str:
    signed = "\n".join(("hippo-gym link v1", project_id, user_id.lower(), expiry)).encode("utf-8")
    return base64.urlsafe_b64encode(hmac.digest(key, signed, "sha256")).decode("ascii").rstrip("=")
