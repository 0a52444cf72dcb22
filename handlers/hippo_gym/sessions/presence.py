"""When a participant's page last said that the participant is there: the heartbeat.

`_sessions/here/{sessionId}`: S3's own time of the object is the time of the heartbeat, so
one list call reads a thousand of them. next_step writes them, the sweeper reads them and removes
those of sessions that are over. A session without one has a client that sends no heartbeats, and is
never idle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hippo_gym.sessions.model import Session
from hippo_gym.storage.bucket import Bucket, Listed

PREFIX: Final = "_sessions/here/"


def here_key(session_id: str) -> str:
    """Return the key of a session's heartbeat. It holds no participant's id."""
    return f"{PREFIX}{session_id}"


@dataclass(frozen=True)
class PresenceStore:
    """The heartbeats of one bucket."""

    bucket: Bucket

    def note(self, session_id: str) -> None:
        """Write a heartbeat.

        Raises:
            Conflict: another request is writing it at this moment.
        """
        self.bucket.write_json(here_key(session_id), {})

    def heard(self) -> dict[str, Listed]:
        """Return session id → its last heartbeat."""
        return {listed.key.removeprefix(PREFIX): listed for listed in self.bucket.listed(PREFIX)}

    def remove(self, listed: Listed) -> None:
        """Delete a heartbeat that has not been renewed since it was listed.

        Raises:
            Conflict: it was renewed.
        """
        self.bucket.delete(listed.key, listed.etag)


def quiet_since(session: Session, heard: Mapping[str, Listed]) -> datetime | None:
    """Return since when no participant is there; None if its client sends no heartbeats, or it is not ready."""
    last, ready_at = heard.get(session.id), session.seen.ready_at
    return None if last is None or ready_at is None else max(ready_at, last.modified)
