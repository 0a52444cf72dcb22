"""The participant record, `{projectId}/Users/{userId}`: what one participant did in one project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from hippo_gym.participants import old_records, server_history, waits
from hippo_gym.participants.server_history import Servers
from hippo_gym.runtime import schemas
from hippo_gym.runtime.clock import from_text, to_text
from hippo_gym.runtime.errors import OperatorError
from hippo_gym.runtime.json_reading import NotJson
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.studies.assignment import Assigned
from hippo_gym.studies.projects import Project, step_name, step_position

_OWN_KEYS: Final = frozenset(
    {
        "created",
        "proofs",
        "nextStep",
        "requests",
        "projectId",
        "userId",
        "step",
        "gameShown",
        "session",
        "version",
        "outcome",
        "conditions",
        "groups",
        "assignedBy",
        "enrolment",
        "servers",
        "waiting",
    }
)


class ParticipantRecordInvalid(OperatorError):
    """A participant record cannot be read. No function ever overwrites such a record."""


@dataclass(frozen=True)
class RequestedSession:
    """The session that next_step last requested for a participant.

    Attributes:
        id: the session's id.
        number: 1 for the participant's first session in the project.
        requested_at: when next_step first requested it.
        published_at: when next_step last published its start message.
        published: how often next_step published its start message.
        failures: how many sessions in a row ended before this one while the participant was at the
            game.
        stop_requested: next_step has published its stop message.
    """

    id: str
    number: int
    requested_at: datetime
    published_at: datetime
    published: int = 1
    failures: int = 0
    stop_requested: bool = False


class Enrolled(StrEnum):
    """Whether a study with a limit counts a participant."""

    VISITING = "visiting"
    HELD = "held"
    COUNTED = "counted"


@dataclass(frozen=True)
class Enrolment:
    """A participant's part in a study's count of participants.

    `since` is what `RosterStore.hold` returned.
    """

    state: Enrolled
    since: datetime | None = None


@dataclass(frozen=True)
class Participant:
    """A participant's record.

    Attributes:
        created: when the record was made, as the old system or this one wrote it; never changed.
        position: the participant's step; `projects.FINAL` for the last.
        game_shown: the participant is at a game and has seen its page.
        requests: what the participant sent, oldest first; see `requests` in the schema.
        version: the version of the study that the participant began with; None: the current one.
        outcome: the outcome of the exit that the participant took; None without an exit.
        conditions: condition → the participant's value.
        groups: number of groups → group, where it is not the hash's.
        assigned_by: in a balanced study, `balanced`, or `hash` if the balance could not be written.
        proofs: hashes of what proves, in a bound study, that a request is the participant's (access.py).
        enrolment: None: the participant began while the study had no limit, or in an earlier
            release, and is counted.
        servers: what earned the participant their servers.
        waiting: the participant's wait for the game of their step; None: they do not wait.
        extra: keys that this release does not know, kept unchanged.
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
    conditions: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[int, int] = field(default_factory=dict)
    assigned_by: str | None = None
    proofs: tuple[str, ...] = ()
    enrolment: Enrolment | None = None
    servers: Servers = field(default_factory=Servers)
    waiting: waits.Wait | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def has_seen(self, request_id: str) -> bool:
        """Return whether the record holds this request.

        A write may succeed and yet report a failure.
        """
        return any((entry.get("requestContext") or {}).get("requestId") == request_id for entry in self.requests[-20:])

    def assigned(self, project: Project) -> Assigned:
        """Return what decides which pages the participant sees."""
        return Assigned(self.user_id, project.salt, self.conditions, self.groups)

    def last_request_at(self) -> datetime | None:
        """Return the time of the last stored request; None if no entry holds one."""
        for entry in reversed(self.requests):
            text = (entry.get("requestContext") or {}).get("requestTime")
            try:
                return from_text(str(text))
            except ValueError:
                continue
        return None

    def has_answered_since(self, moment: datetime) -> bool:
        """Return whether the last accepted answer came at this time or later."""
        for entry in reversed(self.requests):
            if entry.get("httpMethod") == "POST" and entry.get("accepted") is True:
                try:
                    return from_text(str((entry.get("requestContext") or {}).get("requestTime"))) >= moment
                except ValueError:
                    return False
        return False


def record_key(project_id: str, user_id: str) -> str:
    """Return the key of a participant's record."""
    return f"{project_id}/Users/{user_id}"


@dataclass(frozen=True)
class HeldParticipant:
    """A stored record with its ETag.

    The ETag is None for a record of the old system, which is saved under a new key.
    """

    participant: Participant
    etag: str | None


class Participants:
    """The participant records of one bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def find(self, project: Project, user_id: str) -> HeldParticipant | None:
        """Read a participant's record; None for a new participant.

        Ids are compared in lower case. The old system stored ids as typed: such a record is copied
        into a new one with the id in lower case; the old one stays unchanged.

        Args:
            project: translates the step number of a record of the old system.
            user_id: the id as the browser sent it.

        Raises:
            ParticipantRecordInvalid: the record exists and cannot be read.
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
        """Create a record, or replace the version that has `etag`; return the new ETag.

        Args:
            participant: what to write.
            project: gives the number that the key `nextStep`, which old scripts read, has at the
                final step.
            etag: of the version to replace; None creates the record.

        Raises:
            Conflict: another request wrote the record first.
        """
        key = record_key(participant.project_id, participant.user_id)
        if etag is None:
            return self._bucket.create_json(key, _to_record(participant, project), record=True)
        return self._bucket.replace_json(key, _to_record(participant, project), etag, record=True)


def _read(stored: StoredObject, key: str, project: Project, user_id: str) -> Participant:
    try:
        record = stored.json()
    except NotJson as error:
        raise ParticipantRecordInvalid(f"{key} {error}; it was not changed") from error
    found = schemas.faults(schemas.PARTICIPANT_RECORD, record)
    if found:
        # This text is logged, and the values are the participant's data: name the paths only.
        listed = "; ".join(f"{fault.path}: allowed: {fault.allowed}" for fault in found)
        raise ParticipantRecordInvalid(f"{key} is not valid and was not changed: {listed}")
    position = step_position(record["step"]) if "step" in record else None
    shown = bool(record.get("gameShown", False))
    if position is None:
        position, shown = old_records.position_of(record, project)
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
        conditions=record.get("conditions", {}),
        groups={int(count): int(own) for count, own in record.get("groups", {}).items()},
        assigned_by=record.get("assignedBy"),
        proofs=tuple(record.get("proofs", ())),
        enrolment=_enrolment(record.get("enrolment")),
        servers=server_history.of_record(record.get("servers", {})),
        waiting=waits.read(record.get("waiting")),
        extra={name: value for name, value in record.items() if name not in _OWN_KEYS},
    )


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


def _enrolment(record: Mapping[str, Any] | None) -> Enrolment | None:
    if record is None:
        return None
    since = record.get("since")
    return Enrolment(Enrolled(record["state"]), None if since is None else from_text(since))


def _guest(participant: Participant) -> dict[str, Any]:
    """Return the keys of a participant's servers and enrolment; none without them."""
    enrolment, servers = participant.enrolment, participant.servers
    keys: dict[str, Any] = {}
    if enrolment is not None:
        since = {} if enrolment.since is None else {"since": to_text(enrolment.since)}
        keys["enrolment"] = {"state": enrolment.state.value} | since
    if servers != Servers():
        keys["servers"] = server_history.to_record(servers)
    return keys


def _assignment(participant: Participant) -> dict[str, Any]:
    """Return the keys of what the participant was assigned; none in a study without it."""
    groups = {str(count): own for count, own in participant.groups.items()}
    keys = {"conditions": dict(participant.conditions), "groups": groups, "assignedBy": participant.assigned_by}
    return {key: value for key, value in keys.items() if value}


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
        **_assignment(participant),
        **({"proofs": list(participant.proofs)} if participant.proofs else {}),
        **_guest(participant),
        **waits.to_record(participant.waiting),
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
