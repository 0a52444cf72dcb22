"""Session records in the bucket, and their JSON (`schemas/session_record.schema.json`).

The live record `_sessions/live/{userId}.json` is the lock: created with `If-None-Match: *`, changed
with `If-Match`, and deleted when no resource of the session is left, after the ended record under
`_sessions/ended/` was written. A late or repeated start message finds the ended record and starts
nothing. A session that was stopped before it was claimed has an ended record, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from hippo_gym.runtime import schemas
from hippo_gym.runtime.clock import Clock, from_text, to_text
from hippo_gym.runtime.errors import Conflict, OperatorError, Transient
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.model import DIRECT, STOPPED, Attempt, EndedBy, Launch, Other, Seen, Session
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.studies.projects import OPEN

LIVE_PREFIX: Final = "_sessions/live/"


class SessionRecordInvalid(OperatorError):
    """A session record breaks its schema.

    The text lists every fault. No function acts on such a record.
    """


@dataclass(frozen=True)
class Held:
    """A live session and the ETag of its record, which the next write names."""

    session: Session
    etag: str


def live_key(user_id: str) -> str:
    """Return the key of a participant's live session record."""
    return f"{LIVE_PREFIX}{user_id}.json"


def ended_key(project_id: str, session: str) -> str:
    """Return the key of an ended session's record; its date comes from the session id."""
    return f"_sessions/ended/{project_id}/{session[:4]}-{session[4:6]}-{session[6:8]}/{session}.json"


class SessionStore:
    """The session records of one bucket."""

    def __init__(self, bucket: Bucket, clock: Clock) -> None:
        self._bucket = bucket
        self._clock = clock

    def live(self, user_id: str) -> Held | None:
        """Read a participant's live session.

        Raises:
            SessionRecordInvalid: the record breaks its schema.
        """
        stored = self._bucket.get(live_key(user_id))
        if stored is None:
            return None
        return Held(_read(stored, live_key(user_id)), stored.etag)

    def live_users(self) -> Iterator[str]:
        """Yield the user ids of all live sessions."""
        yield from (user for user, _ in self.live_etags())

    def live_etags(self) -> Iterator[tuple[str, str]]:
        """Yield each live session's user id and its record's ETag, the same as `Held.etag`."""
        for key, etag in self._bucket.etags(LIVE_PREFIX):
            yield key.removeprefix(LIVE_PREFIX).removesuffix(".json"), etag

    def ended(self, project_id: str, session: str) -> Session | None:
        """Read the record of a session that is over; None if it is not over."""
        key = ended_key(project_id, session)
        stored = self._bucket.get(key)
        return None if stored is None else _read(stored, key)

    def claim(self, session: Session) -> Held:
        """Write the live record of a new session.

        Raises:
            Conflict: the participant has a live session.
        """
        return Held(session, self._bucket.create_json(live_key(session.user_id), _to_record(session)))

    def save(self, held: Held, session: Session) -> Held:
        """Write the session if it differs from `held`.

        Raises:
            Conflict: another function wrote the record, or the session is over.
        """
        return held if session == held.session else self.touch(Held(session, held.etag))

    def confirm(self, held: Held) -> None:
        """Check that the record has not changed since it was read.

        Raises:
            Conflict: it has changed.
        """
        stored = self._bucket.get(live_key(held.session.user_id))
        if stored is None or stored.etag != held.etag:
            raise Conflict(f"the session {held.session.id} was changed by another function")

    def touch(self, held: Held) -> Held:
        """Write the session with the present time: the heartbeat of the function that works on it.

        Raises:
            Conflict: another function wrote the record, or the session is over.
        """
        session = replace(held.session, updated_at=self._clock.now())
        return Held(session, self._bucket.replace_json(live_key(session.user_id), _to_record(session), held.etag))

    def end(self, held: Held) -> None:
        """Write the ended record of a session without resources, then delete the live one (lock).

        Raises:
            Conflict: another function changed the live record.
            Transient: another function is writing the ended record.
        """
        self._mark_ended(held.session)
        self._bucket.delete(live_key(held.session.user_id), held.etag)

    def end_unstarted(self, message: Start, reason: str, *, failed: bool, line_full: bool = False) -> None:
        """Write an ended record for a session that was never claimed.

        Its start message then starts nothing.

        Args:
            message: the start message.
            reason: why, in words.
            failed: the server could not be started.
            line_full: as `Session.line_full`.
        """
        now = self._clock.now()
        session = Session(
            id=message.session_id,
            project_id=message.project_id,
            user_id=message.user_id,
            requested_at=message.requested_at,
            created_at=now,
            updated_at=now,
            stop_at=now,
            launch=None,
            wanted=STOPPED,
            reason=reason,
            failed=failed,
            line_full=line_full,
        )
        self._mark_ended(session)

    def _mark_ended(self, session: Session) -> None:
        """Write the ended record unless it exists.

        Raises:
            Transient: another function is writing it, and it does not exist yet.
        """
        key = ended_key(session.project_id, session.id)
        ended = replace(session, wanted=STOPPED, ended_at=self._clock.now(), token=None, upload_token=None)
        try:
            self._bucket.create_json(key, _to_record(ended))
        except Conflict as error:
            if not self._bucket.exists(key):
                raise Transient(f"{key} is being written by another function") from error


def _to_record(session: Session) -> dict[str, Any]:
    seen, attempt = session.seen, session.seen.attempt
    return {
        "sessionId": session.id,
        "projectId": session.project_id,
        "userId": session.user_id,
        "requestedAt": to_text(session.requested_at),
        "createdAt": to_text(session.created_at),
        "updatedAt": to_text(session.updated_at),
        "stopAt": to_text(session.stop_at),
        "endedAt": _text(session.ended_at),
        "wanted": session.wanted,
        "reason": session.reason,
        "failed": session.failed,
        "counted": session.counted,
        **({"lineFull": True} if session.line_full else {}),
        "admittedAt": _text(session.admitted_at),
        "trace": session.trace,
        **({} if session.token is None else {"token": session.token}),
        **({} if session.holder is None else {"holder": session.holder}),
        **({} if session.upload_token is None else {"uploadToken": session.upload_token}),
        "endedBy": session.ended_by,
        **({} if session.taken_by is None else {"takenBy": _other_record(session.taken_by)}),
        **({} if session.taken_at is None else {"takenAt": to_text(session.taken_at)}),
        "launch": session.launch
        and {
            "taskDefinition": session.launch.task_definition,
            "capacity": session.launch.capacity,
            "port": session.launch.port,
            "minutes": session.launch.minutes,
            "cluster": session.launch.cluster,
            "mostInProject": session.launch.max_in_project,
            "groups": {str(count): own for count, own in session.launch.groups.items()},
            "conditions": dict(session.launch.conditions),
            "access": session.launch.access,
            "idleMinutes": session.launch.idle_minutes,
            **_study_keys(session.launch),
            **({} if session.launch.route == DIRECT else {"route": session.launch.route}),
        },
        "seen": {
            "schedule": seen.schedule,
            "cluster": seen.cluster,
            "attempt": attempt
            and {
                "number": attempt.number,
                "capacityProvider": attempt.capacity_provider,
                "notBefore": to_text(attempt.not_before),
                "taskArn": attempt.task_arn,
                "over": attempt.over,
            },
            "otherTasks": list(seen.other_tasks),
            "publicIp": seen.public_ip,
            "dnsIp": seen.dns_ip,
            "dnsChange": seen.dns_change,
            "dnsInSync": seen.dns_in_sync,
            "readyAt": _text(seen.ready_at),
            "lostAt": _text(seen.lost_at),
            "lastFailure": seen.last_failure,
            "withdrawnAt": _text(seen.withdrawn_at),
            **({} if seen.warm is None else {"warm": _other_record(seen.warm)}),
            **({} if seen.running_at is None else {"runningAt": to_text(seen.running_at)}),
        },
    }


def _read(stored: StoredObject, key: str) -> Session:
    try:
        return _from_record(stored.json(), key)
    except ValueError as error:  # also a time that does not exist
        raise SessionRecordInvalid(f"{key}: {error}") from error


def _from_record(record: Any, key: str) -> Session:
    found = schemas.faults(schemas.SESSION_RECORD, record)
    if found:
        raise SessionRecordInvalid(f"{key}: " + "; ".join(str(fault) for fault in found))
    seen, launch = record["seen"], record["launch"]
    return Session(
        id=record["sessionId"],
        project_id=record["projectId"],
        user_id=record["userId"],
        requested_at=from_text(record["requestedAt"]),
        created_at=from_text(record["createdAt"]),
        updated_at=from_text(record["updatedAt"]),
        stop_at=from_text(record["stopAt"]),
        launch=launch and _launch(launch),
        wanted=record["wanted"],
        reason=record.get("reason"),
        failed=record.get("failed", False),
        counted=record.get("counted", False),
        line_full=record.get("lineFull", False),
        # Records of releases without limits have no admittedAt.
        admitted_at=_time(record.get("admittedAt", record["createdAt"])),
        ended_at=_time(record.get("endedAt")),
        trace=record.get("trace"),
        token=record.get("token"),
        holder=record.get("holder"),
        upload_token=record.get("uploadToken"),
        taken_by=_other(record.get("takenBy")),
        taken_at=_time(record.get("takenAt")),
        ended_by=None if record.get("endedBy") is None else EndedBy(record["endedBy"]),
        seen=Seen(
            schedule=seen.get("schedule", False),
            cluster=seen.get("cluster", False),
            attempt=_attempt(seen.get("attempt")),
            other_tasks=tuple(seen.get("otherTasks", ())),
            public_ip=seen.get("publicIp"),
            dns_ip=seen.get("dnsIp"),
            dns_change=seen.get("dnsChange"),
            dns_in_sync=seen.get("dnsInSync", False),
            ready_at=_time(seen.get("readyAt")),
            lost_at=_time(seen.get("lostAt")),
            last_failure=seen.get("lastFailure"),
            withdrawn_at=_time(seen.get("withdrawnAt")),
            running_at=_time(seen.get("runningAt")),
            warm=_other(seen.get("warm")),
        ),
    )


def _launch(record: Mapping[str, Any]) -> Launch:
    return Launch(
        record["taskDefinition"],
        record["capacity"],
        record["port"],
        record.get("minutes", 0),
        record.get("cluster"),
        record.get("mostInProject"),
        {int(count): int(own) for count, own in record.get("groups", {}).items()},
        record.get("conditions", {}),
        record.get("access", OPEN),
        record.get("idleMinutes"),
        record.get("version"),
        record.get("updatedAt"),
        record.get("warm", False),
        record.get("route", DIRECT),
    )


def _attempt(record: Mapping[str, Any] | None) -> Attempt | None:
    if record is None:
        return None
    return Attempt(
        number=record["number"],
        capacity_provider=record["capacityProvider"],
        not_before=from_text(record["notBefore"]),
        task_arn=record.get("taskArn"),
        over=record.get("over", False),
    )


def _study_keys(launch: Launch) -> dict[str, Any]:
    keys = {"version": launch.version, "updatedAt": launch.updated_at, "warm": launch.warm}
    return {key: value for key, value in keys.items() if value}


def _other(record: Mapping[str, Any] | None) -> Other | None:
    return None if record is None else Other(record["userId"], record["sessionId"])


def _other_record(other: Other) -> dict[str, str]:
    return {"userId": other.user_id, "sessionId": other.session_id}


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else to_text(moment)


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_text(text)
