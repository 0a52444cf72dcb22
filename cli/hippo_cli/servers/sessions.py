"""The servers that are live: whose they are, how far they are, and at which step their participants stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_cli.deployment import Deployment
from hippo_cli.publish import master_list
from hippo_cli.servers.tasks import TaskDefinitions
from hippo_common.errors import WRONG_USE, HippoError
from hippo_common.parallel import in_parallel
from hippo_common.prices import Cost
from hippo_gym.participants.records import record_key
from hippo_gym.runtime import schemas
from hippo_gym.runtime.clock import SystemClock
from hippo_gym.runtime.errors import HippoGymError
from hippo_gym.sessions.capacity import Ledger, Places
from hippo_gym.sessions.model import STOPPED, Session
from hippo_gym.sessions.store import SessionRecordInvalid, SessionStore
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import versions
from hippo_gym.studies.projects import GAME

STOPPING: Final = "stopping"
READY: Final = "ready"


@dataclass(frozen=True)
class Sighting:
    """A live session, and what else is known of its participant.

    Attributes:
        step: that the participant is at: a number, or finalStep; None if they have no record (their server was asked
            for by hand).
        page: what stands at that step in their version of the study: a file, or "game".
        ahead: how many are before them in line; None if they are not in line.
        cost: until now; None if it cannot be told.
        seen_at: when all of this was so.
    """

    session: Session
    step: str | None
    page: str | None
    ahead: int | None
    cost: Cost | None
    seen_at: datetime

    @property
    def state(self) -> str:
        """Tell how far the server is: queued, starting, almost ready, restarting, ready or stopping."""
        if self.session.wanted == STOPPED:
            return STOPPING
        return READY if self.session.ready else self.session.phase.value

    @property
    def age(self) -> timedelta:
        """Tell how long ago the session began."""
        return self.seen_at - self.session.created_at

    @property
    def left(self) -> timedelta | None:
        """Tell how long the server may go on; None while it is in line, or is being stopped."""
        if self.session.in_line or self.session.wanted == STOPPED:
            return None
        return max(timedelta(0), self.session.stop_at - self.seen_at)

    @property
    def at_game(self) -> bool:
        """Tell whether the participant is at the game."""
        return self.page == GAME


@dataclass(frozen=True)
class Overview:
    """All live sessions, oldest first; `unreadable` names records that this `hippo` cannot read, with the reason."""

    sightings: tuple[Sighting, ...]
    unreadable: tuple[str, ...] = ()


class Lookout:
    """Looks at the live sessions of a deployment, as often as one likes."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._bucket = Bucket(deployment.client("s3"), deployment.bucket)
        self._clock = SystemClock()
        self._sessions = SessionStore(self._bucket, self._clock)
        self._definitions = TaskDefinitions(deployment)
        self._steps: dict[tuple[str, str], Mapping[str, Any]] = {}

    def all(self, project_id: str | None = None) -> Overview:
        """Look at every live session, or those of one study."""
        found: list[Session] = []
        unreadable: list[str] = []
        for read in in_parallel(self._read, self._sessions.live_users()):
            if isinstance(read, str):
                unreadable.append(read)
            elif read is not None and project_id in (None, read.project_id):
                found.append(read)
        participants = in_parallel(self._participant, found)
        ledger = self._line(found)
        seen = [self._sighting(*pair, ledger) for pair in zip(found, participants, strict=True)]
        return Overview(tuple(sorted(seen, key=lambda one: one.session.created_at)), tuple(unreadable))

    def one(self, user_id: str) -> Sighting | None:
        """Look at a participant's live session; None if they have none.

        Raises:
            HippoError: this cannot be a participant's id, or the record cannot be read.
        """
        session = self._read(checked_user(user_id))
        if isinstance(session, str):
            raise HippoError(session, "Update `hippo`: it may be older than the deployment.")
        if session is None:
            return None
        return self._sighting(session, self._participant(session), self._line([session]))

    def _read(self, user_id: str) -> Session | str | None:
        """Read a live record; what is wrong with it, if it cannot be read."""
        try:
            held = self._sessions.live(user_id)
        except (SessionRecordInvalid, ValueError) as error:
            return f"The session record of {user_id} cannot be read: {error}"
        return None if held is None else held.session

    def _line(self, sessions: list[Session]) -> Ledger:
        """Read who is in line, if any of these sessions is."""
        if not any(session.in_line for session in sessions):
            return Ledger()
        try:
            return Places(self._bucket, self._clock).ledger()
        except HippoGymError:
            return Ledger()

    def _participant(self, session: Session) -> Mapping[str, Any]:
        return self._object(record_key(session.project_id, session.user_id))

    def _sighting(self, session: Session, participant: Mapping[str, Any], ledger: Ledger) -> Sighting:
        step = participant.get("step")
        steps = self._steps_of(session.project_id, participant.get("version")) if step else {}
        now = self._clock.now()
        return Sighting(
            session,
            step,
            steps.get(str(step)),
            ledger.ahead(session.id) if session.in_line else None,
            self._definitions.cost_of(session, now),
            now,
        )

    def _steps_of(self, project_id: str, version: str | None) -> Mapping[str, Any]:
        """Return the steps of a version of a study; without a version, of the study as it is now."""
        known = (project_id, version or "")
        if known not in self._steps:
            entry = self._object(versions.entry_key(project_id, version)) if version else self._entry(project_id)
            self._steps[known] = entry.get("steps") or {}
        return self._steps[known]

    def _entry(self, project_id: str) -> Mapping[str, Any]:
        try:
            return master_list.find(master_list.read(self._deployment), project_id) or {}
        except HippoGymError:
            return {}

    def _object(self, key: str) -> Mapping[str, Any]:
        """Read a JSON object; an empty one stands in for what is not there or cannot be read."""
        try:
            stored = self._bucket.get(key)
            value = {} if stored is None else stored.json()
        except (ClientError, json.JSONDecodeError, UnicodeDecodeError):
            return {}
        return value if isinstance(value, Mapping) else {}


def checked_user(user_id: str) -> str:
    """Return a participant's id as the records have it, in lower case.

    Raises:
        HippoError: this cannot be one.
    """
    if not schemas.is_valid(schemas.USER_ID, user_id):
        raise HippoError(
            f"{user_id!r} cannot be a participant's id.",
            "An id is letters, digits and hyphens, at most 48; `hippo sessions` shows those who have a server now.",
            WRONG_USE,
        )
    return user_id.lower()
