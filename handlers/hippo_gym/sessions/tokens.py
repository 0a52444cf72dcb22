"""The session's token: whoever presents it holds this session.

It is made when the session is claimed and kept in the live record. The container gets it as
`HIPPO_SESSION_TOKEN` and the participant's page as `server.token`. The ended record has none.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from hippo_gym.sessions.model import RUNNING, Session

_BYTES: Final = 24
"""192 random bits: 32 characters of URL-safe base64."""


def new_token() -> str:
    """Return a random token."""
    return secrets.token_urlsafe(_BYTES)


def admits(session: Session, presented: object) -> bool:
    """Return whether a presented token is the session's; compares in constant time.

    False for everything that is no text, and for a session that has no token: it was claimed by an
    earlier release, or is over. A session that is being stopped still has its token: its server
    may be storing its last data. Who needs a running session checks `is_running`, too.
    """
    if not session.token or not isinstance(presented, str):
        return False
    return hmac.compare_digest(session.token.encode("utf-8"), presented.encode("utf-8", errors="replace"))


def is_running(session: Session) -> bool:
    """Return whether the session is wanted, has its place and is not over."""
    return session.wanted == RUNNING and session.admitted_at is not None and session.ended_at is None
