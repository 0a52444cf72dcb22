"""The session's tokens: a request that presents one comes from the session.

They are made when the session is claimed and kept in the live record; the ended record has none.

token          the containers get it as `HIPPO_SESSION_TOKEN`, and the participant's page as
               `server.token`
upload token   only the study's container gets it, as `HIPPO_UPLOAD_TOKEN`: a participant must not
               be able to write the study's data
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from hippo_gym.sessions.model import RUNNING, Session

_BYTES: Final = 24
"""192 random bits: 32 characters of URL-safe base64."""


_NONE: Final = "-" * 32
"""Compared with where a session has no token: no token has this value."""


def new_token() -> str:
    """Return a random token."""
    return secrets.token_urlsafe(_BYTES)


def admits(session: Session, presented: object) -> bool:
    """Return whether a presented token is the session's; compares in constant time.

    False for everything that is no text, and for a session that has no token: it was claimed by an
    earlier release, or is over. A session that is being stopped still has its token: its server
    may be storing its last data. Who needs a running session checks `is_running`, too.
    """
    return _equal(session.token, presented)


def admits_upload(session: Session | None, presented: object) -> bool:
    """Return whether a presented token is the session's upload token; compares in constant time.

    Takes as long without a session, so that the time of an answer says nothing about it.
    """
    return _equal(None if session is None else session.upload_token, presented)


def _equal(kept: str | None, presented: object) -> bool:
    text = presented if isinstance(presented, str) else ""
    same = hmac.compare_digest((kept or _NONE).encode("utf-8"), text.encode("utf-8", errors="replace"))
    return same and bool(kept) and text is presented


def is_running(session: Session) -> bool:
    """Return whether the session is wanted, has its place and is not over."""
    return session.wanted == RUNNING and session.admitted_at is not None and session.ended_at is None
