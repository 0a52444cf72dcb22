"""Participant records: what one participant has done in one project, stored at `{projectId}/Users/{userId}`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from hippo_gym.runtime import schemas
from hippo_gym.runtime.clock import from_text, to_text
from hippo_gym.runtime.errors import OperatorError
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.studies.projects import FINAL, Project, step_name, step_position

_OWN_KEYS: Final = frozenset(
    {
        "created",
        "nextStep",
        "requests",
        "projectId",
        "userId",
        "step",
        "gameShown",
        "session",
        "version",
        "outcome",
    }
)


class ParticipantRecordInvalid(OperatorError):
    """A participant record cannot be read. It is left as it is: nothing is ever written over it."""


@dataclass(frozen=True)
class RequestedSession:
    """The server that was last asked for on a participant's behalf.

    Attributes:
        id: the session's id.
        number: 1 for the participant's first session in the project.
        requested_at: when it was first asked for.
        published_at: when its start message was last published.
        published: how often it was.
        failures: how many sessions in a row ended before this one with the participant still at the game.
        stop_requested: its stop message was published.
    """

    id: str
    number: int
    requested_at: datetime
    published_at: datetime
    published: int = 1
    failures: int = 0
    stop_requested: bool = False


@dataclass(frozen=True)
class Participant:
    """A participant's record.

    Attributes:
        created: kept as it was written, by whichever system.
        position: the step that the participant is at; `projects.FINAL` for the last.
        game_shown: they are at a game whose page was shown to them.
        requests: what they sent, oldest first; see `requests` in the schema.
        version: of the study which they began with; None follows what is current.
        outcome: of the exit that they took; None for everybody else.
        extra: keys that this version does not know, kept as they are.
    """

    project_id: str
    user_id: str
    created: str
    position: int
    game_shown: bool = False
    session: RequestedSession | None = None
    requests: tuple[Mapping[str, Any], ...] = ()
    version: str | None = None
    outcome: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def has_seen(self, request_id: str) -> bool:
        """Tell whether the request of this id is in the record: a write may succeed and yet report a failure."""
        return any((entry.get("requestContext") or {}).get("requestId") == request_id for entry in self.requests[-20:])

    def last_heard(self) -> datetime | None:
        """Return the time of the last stored request; None if no entry holds one."""
        for entry in reversed(self.requests):
            text = (entry.get("requestContext") or {}).get("requestTime")
            try:
                return from_text(str(text))
            except ValueError:
                continue
        return None


def record_key(project_id: str, user_id: str) -> str:
    """Return the key of a participant's record."""
    return f"{project_id}/Users/{user_id}"


@dataclass(frozen=True)
class HeldParticipant:
    """A record as it stands in the bucket; without ETag if it is the old system's and has to be written anew."""

    participant: Participant
    etag: str | None


class Participants:
    """The participant records of one bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def find(self, project: Project, user_id: str) -> HeldParticipant | None:
        """Read a participant's record; None for somebody new.

        Ids are compared in lower case. The old system kept them as typed: such a record is gone on from in a record
        of our own, and itself stays untouched.

        Args:
            project: tells what stands at the step of an old record.
            user_id: as it was sent.

        Raises:
            ParticipantRecordInvalid: there is a record that cannot be read.
        """
        key = record_key(project.id, user_id.lower())
        stored = self._bucket.get(key)
        if stored is not None:
            return HeldParticipant(_read(stored, key, project, user_id.lower()), stored.etag)
        if user_id == user_id.lower():
            return None
        old_key = record_key(project.id, user_id)
        stored = self._bucket.get(old_key)
        if stored is None:
            return None
        old = _read(stored, old_key, project, user_id.lower())
        return HeldParticipant(replace(old, extra={**old.extra, "continues": old_key}), None)

    def save(self, participant: Participant, project: Project, etag: str | None) -> str:
        """Write a record, over the version with `etag` or as a new one; return the new ETag.

        Args:
            participant: what to write.
            project: theirs; gives the number that the old key `nextStep` holds on the final step.
            etag: of the version to write over; None for a new one.

        Raises:
            Conflict: another request was first.
        """
        key = record_key(participant.project_id, participant.user_id)
        if etag is None:
            return self._bucket.create_json(key, _to_record(participant, project))
        return self._bucket.replace_json(key, _to_record(participant, project), etag)


def _read(stored: StoredObject, key: str, project: Project, user_id: str) -> Participant:
    try:
        record = stored.json()
    except ValueError as error:
        raise ParticipantRecordInvalid(f"{key} is not JSON ({error}); it was left as it is") from error
    found = schemas.faults(schemas.PARTICIPANT_RECORD, record)
    if found:
        # What was found there is a participant's and this text is logged: only the places are told.
        told = "; ".join(f"{fault.path}: allowed: {fault.allowed}" for fault in found)
        raise ParticipantRecordInvalid(f"{key} is not as it should be and was left as it is: {told}")
    position = step_position(record["step"]) if "step" in record else None
    shown = bool(record.get("gameShown", False))
    if position is None:
        position, shown = _old_position(record, project)
    return Participant(
        project_id=project.id,
        user_id=user_id,
        created=record["created"],
        position=position,
        game_shown=shown,
        session=_session(record.get("session")),
        requests=tuple(record["requests"]),
        version=record.get("version"),
        outcome=record.get("outcome"),
        extra={name: value for name, value in record.items() if name not in _OWN_KEYS},
    )


def _old_position(record: Mapping[str, Any], project: Project) -> tuple[int, bool]:
    """Find where a participant of the old system is, and whether a game there was shown.

    The old system counted `nextStep` up when it served a page; a game it counted once shown. So the participant is at
    the step before, unless a game stands at `nextStep` and their last request was an answer: then they wait for it.
    """
    try:
        following = int(record["nextStep"])
    except ValueError:
        return FINAL, False
    last = record["requests"][-1] if record["requests"] else {}
    if project.is_game(following) and last.get("httpMethod") == "POST":
        return following, False
    before = max((number for number in project.steps if number < following), default=project.after(0))
    if following > max(project.steps, default=0) + 1:
        before = FINAL
    return before, project.is_game(before)


def _session(record: Mapping[str, Any] | None) -> RequestedSession | None:
    if record is None:
        return None
    return RequestedSession(
        id=record["id"],
        number=record["number"],
        requested_at=from_text(record["requestedAt"]),
        published_at=from_text(record["publishedAt"]),
        published=record["published"],
        failures=record["failures"],
        stop_requested=record["stopRequested"],
    )


def _to_record(participant: Participant, project: Project) -> dict[str, Any]:
    session = participant.session
    position = participant.position
    return {
        "created": participant.created,
        "nextStep": min(position, max(project.steps, default=0) + 1) + 1,
        "requests": list(participant.requests),
        "projectId": participant.project_id,
        "userId": participant.user_id,
        "step": step_name(position),
        "gameShown": participant.game_shown,
        "version": participant.version,
        "outcome": participant.outcome,
        "session": session
        and {
            "id": session.id,
            "number": session.number,
            "requestedAt": to_text(session.requested_at),
            "publishedAt": to_text(session.published_at),
            "published": session.published,
            "failures": session.failures,
            "stopRequested": session.stop_requested,
        },
        **participant.extra,
    }
