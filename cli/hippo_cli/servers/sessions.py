"""Reads the live sessions, with their states, their costs and their participants' steps."""

from __future__ import annotations

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
from hippo_gym.runtime.clock import SystemClock, from_text
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
class LiveSession:
    """A live session, its participant's step, and its cost.

    Attributes:
        step: the participant's step, a number or finalStep; None if they have no record (their
            server was requested by hand).
        page: the content of that step in their version of the study: a file, or "game".
        ahead: how many sessions are before this one in the queue; None if it is not queued.
        cost: the cost until now; None if unknown.
        read_at: the time at which all of this was read.
        came_at: when the participant came to this session's game and began to wait for it, or None.
        playing_at: when the game's page was shown to them, or None.
        unreachable: the participant's page has said that it cannot connect to this server.
    """

    session: Session
    step: str | None
    page: str | None
    ahead: int | None
    cost: Cost | None
    read_at: datetime
    came_at: datetime | None = None
    playing_at: datetime | None = None
    unreachable: bool = False

    @property
    def waited(self) -> timedelta | None:
        """Return how long the participant waited at the game, or has waited until now; None before the game."""
        return None if self.came_at is None else max(timedelta(0), (self.playing_at or self.read_at) - self.came_at)

    @property
    def state(self) -> str:
        """Return the server's state: `stopping`, `ready`, or its phase."""
        if self.session.wanted == STOPPED:
            return STOPPING
        return READY if self.session.ready else self.session.phase.value

    @property
    def age(self) -> timedelta:
        """Return how long ago the session began."""
        return self.read_at - self.session.created_at

    @property
    def left(self) -> timedelta | None:
        """Return how long the server may still run; None while it is queued, or stopping."""
        if self.session.in_line or self.session.wanted == STOPPED:
            return None
        return max(timedelta(0), self.session.stop_at - self.read_at)

    @property
    def at_game(self) -> bool:
        """Return whether the participant is at the game."""
        return self.page == GAME


@dataclass(frozen=True)
class Overview:
    """All live sessions, oldest first.

    `unreadable` has a message for each record that cannot be read.
    """

    sessions: tuple[LiveSession, ...]
    unreadable: tuple[str, ...] = ()


class LiveSessions:
    """Reads the live sessions of a deployment; each call reads them again."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._bucket = Bucket(deployment.client("s3"), deployment.bucket)
        self._clock = SystemClock()
        self._sessions = SessionStore(self._bucket, self._clock)
        self._definitions = TaskDefinitions(deployment)
        self._steps: dict[tuple[str, str], Mapping[str, Any]] = {}

    def all(self, project_id: str | None = None) -> Overview:
        """Read every live session, or those of one study."""
        found: list[Session] = []
        unreadable: list[str] = []
        for read in in_parallel(self._read, self._sessions.live_users()):
            if isinstance(read, str):
                unreadable.append(read)
            elif read is not None and read.taken_by is None and project_id in (None, read.project_id):
                found.append(read)
        participants = in_parallel(self._participant, found)
        ledger = self._ledger(found)
        seen = [self._details(*pair, ledger) for pair in zip(found, participants, strict=True)]
        return Overview(tuple(sorted(seen, key=lambda one: one.session.created_at)), tuple(unreadable))

    def one(self, user_id: str) -> LiveSession | None:
        """Read a participant's live session; None if they have none.

        Raises:
            HippoError: the id is not valid, or the record cannot be read.
        """
        session = self._read(valid_user(user_id))
        if isinstance(session, str):
            raise HippoError(session, "Update `hippo`: it may be older than the deployment.")
        if session is None:
            return None
        return self._details(session, self._participant(session), self._ledger([session]))

    def _read(self, user_id: str) -> Session | str | None:
        """Read a live record; return an error message if it cannot be read."""
        try:
            held = self._sessions.live(user_id)
        except (SessionRecordInvalid, ValueError) as error:
            return f"The session record of {user_id} cannot be read: {error}"
        return None if held is None else held.session

    def _ledger(self, sessions: list[Session]) -> Ledger:
        """Read the queue for places, if any of these sessions is queued."""
        if not any(session.in_line for session in sessions):
            return Ledger()
        try:
            return Places(self._bucket, self._clock).ledger()
        except HippoGymError:
            return Ledger()

    def _participant(self, session: Session) -> Mapping[str, Any]:
        return self._object(record_key(session.project_id, session.user_id))

    def _details(self, session: Session, participant: Mapping[str, Any], ledger: Ledger) -> LiveSession:
        step = participant.get("step")
        steps = self._steps_of(session.project_id, participant.get("version")) if step else {}
        now = self._clock.now()
        return LiveSession(
            session,
            step,
            steps.get(str(step)),
            ledger.ahead(session.id) if session.in_line else None,
            self._definitions.cost_of(session, now),
            now,
            *_wait(participant, session),
            unreachable=_servers_of(participant).get("unreachable") == session.id,
        )

    def _steps_of(self, project_id: str, version: str | None) -> Mapping[str, Any]:
        """Return the steps of a version of a study; without a version, its current steps."""
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
        """Read a JSON object; return an empty one if it is missing or cannot be read."""
        try:
            stored = self._bucket.get(key)
            value = {} if stored is None else stored.json()
        except (ClientError, ValueError):
            return {}
        return value if isinstance(value, Mapping) else {}


def _wait(participant: Mapping[str, Any], session: Session) -> tuple[datetime | None, datetime | None]:
    """Return when the participant came to the session's game, and when its page was shown; None for never."""
    servers = participant.get("servers") or {}
    came, playing, shown = servers.get("cameAt"), servers.get("playingAt"), servers.get("shown")
    try:
        if came is None or (playing is not None and shown != session.id):
            return None, None
        return from_text(came), None if playing is None else from_text(playing)
    except (TypeError, ValueError):
        return None, None


def _servers_of(participant: Mapping[str, Any]) -> Mapping[str, Any]:
    servers = participant.get("servers")
    return servers if isinstance(servers, Mapping) else {}


def valid_user(user_id: str) -> str:
    """Return a participant's id in lower case, as the records have it.

    Raises:
        HippoError: the id is not valid.
    """
    if not schemas.is_valid(schemas.USER_ID, user_id):
        raise HippoError(
            f"{user_id!r} cannot be a participant's id.",
            "An id has at most 48 letters, digits and hyphens; `hippo sessions` lists the participants with a server.",
            WRONG_USE,
        )
    return user_id.lower()
