"""The names of warm servers: servers that were started before a participant asked for one.

A warm server's session has no participant; in place of their id it has a name that begins with
`PREFIX`, which no participant's id may. So the live record, the place in the ledger and the DNS name
of a warm server are those of a session, and a release that knows no warm servers can take them down.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Final

from hippo_gym.sessions.messages import Start

PREFIX: Final = "hippo-warm-"

_DIGITS: Final = 12  # of the project's hash: 48 bits
_RANDOM_BYTES: Final = 9


def is_warm(user_id: str) -> bool:
    """Return whether a user id is the name of a warm server."""
    return user_id.startswith(PREFIX)


def prefix_of(project_id: str) -> str:
    """Return what the names of a project's warm servers begin with; ids of projects may be too long for a name."""
    return f"{PREFIX}{hashlib.sha256(project_id.encode('utf-8')).hexdigest()[:_DIGITS]}-"


def unguessable() -> str:
    """Return the last part of a new name."""
    return secrets.token_hex(_RANDOM_BYTES)


def start(project_id: str, now: datetime, last_part: str) -> Start:
    """Return the start message of a new warm server.

    Args:
        project_id: the study.
        now: the time.
        last_part: of its name, which cannot be guessed; at most 22 characters, since a user id has
            at most 48.
    """
    name = f"{prefix_of(project_id)}{last_part}"
    digest = hashlib.sha256(name.encode("utf-8")).hexdigest()
    return Start(project_id, name, f"{now:%Y%m%d}-{digest[:16]}", now)
