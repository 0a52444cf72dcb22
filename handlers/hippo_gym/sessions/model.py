"""Sessions: what is wanted of one participant's server, and what was seen of it. session_records.py keeps them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hippo_gym.runtime import schemas
from hippo_gym.sessions.messages import Start
from hippo_gym.studies.projects import Project

LINE_LIMIT: Final = timedelta(hours=1)
"""A session that has found no room by then has failed; a participant who is still there gets in line again."""

RUNNING: Final = "running"
STOPPED: Final = "stopped"


class Failure(StrEnum):
    """Why a session could not be started, in few enough words to count by; its record holds the whole reason."""

    NO_ROOM = "NoRoom"
    LAUNCH_REFUSED = "LaunchRefused"
    TASK_STOPPED = "TaskStopped"
    NOT_READY = "NotReady"
    TIME_UP = "TimeUp"
    NAME_TAKEN = "NameTaken"
    TASK_DEFINITION_MISSING = "TaskDefinitionMissing"
    CALL_REFUSED = "CallRefused"
    PROJECT_INVALID = "ProjectInvalid"


@dataclass(frozen=True)
class Launch:
    """How a session's task is started; settled when the session is claimed.

    Attributes:
        minutes: how long the server may live.
        cluster: the shared one that it runs in; None if it has one of its own.
        most_in_project: how many sessions its project may have at once, or None.
    """

    task_definition: str
    capacity: str
    port: int
    minutes: int = 0
    cluster: str | None = None
    most_in_project: int | None = None


@dataclass(frozen=True)
class Attempt:
    """One try to run a task. It is written before RunTask is called, so that a repeated call repeats its token.

    Attributes:
        number: 1 for the first; part of the client token.
        capacity_provider: FARGATE or FARGATE_SPOT.
        not_before: when it may be made; once it was, when that was.
        task_arn: None until RunTask has answered.
        over: the task was refused or has stopped.
    """

    number: int
    capacity_provider: str
    not_before: datetime
    task_arn: str | None = None
    over: bool = False


@dataclass(frozen=True)
class Seen:
    """What has been made for a session and seen of it. Behind the world at times, never ahead of it.

    `other_tasks` are the ARNs of tasks besides the attempt's: of earlier attempts, or found when it was taken down.
    `lost_at` is when AWS took a task away that was ready; the time to be ready again counts from there.
    `withdrawn_at` is when every task had been asked to stop, and DNS name and schedule were gone.
    """

    schedule: bool = False
    cluster: bool = False
    attempt: Attempt | None = None
    other_tasks: tuple[str, ...] = ()
    public_ip: str | None = None
    dns_ip: str | None = None
    dns_change: str | None = None
    dns_in_sync: bool = False
    ready_at: datetime | None = None
    lost_at: datetime | None = None
    last_failure: str | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True)
class Session:
    """One participant's server, from start message to clean end.

    Attributes:
        stop_at: when it is to end at the latest; while it is in line, when it leaves the line for want of room.
        launch: None if it never got that far.
        counted: a limit counts it: it has to ask for a place, and to give it back.
        admitted_at: since when it may be brought up; None while it is in line. Nothing was made for it before.
        trace: the X-Ray trace of the invocation that claimed it (tracing.py), or None. Kept, so that a RunTask that is
            repeated by a later invocation repeats it, too: the same client token must come with the same request.
    """

    id: str
    project_id: str
    user_id: str
    requested_at: datetime
    created_at: datetime
    updated_at: datetime
    stop_at: datetime
    launch: Launch | None
    wanted: str = RUNNING
    reason: str | None = None
    failed: bool = False
    counted: bool = False
    admitted_at: datetime | None = None
    seen: Seen = field(default_factory=Seen)
    ended_at: datetime | None = None
    trace: str | None = None

    @property
    def ready(self) -> bool:
        """Tell whether the participant can connect."""
        return self.wanted == RUNNING and self.seen.ready_at is not None

    @property
    def tasks(self) -> tuple[str, ...]:
        """Return the ARNs of all its tasks that are known of, the latest attempt's first."""
        attempt = self.seen.attempt
        latest = () if attempt is None or attempt.task_arn is None else (attempt.task_arn,)
        return latest + tuple(arn for arn in self.seen.other_tasks if arn not in latest)

    @property
    def in_line(self) -> bool:
        """Tell whether it waits for a place."""
        return self.wanted == RUNNING and self.admitted_at is None

    @property
    def phase(self) -> Phase:
        """Tell how far a session is that is not ready."""
        if self.wanted == STOPPED or self.in_line:
            return Phase.QUEUED
        if self.seen.lost_at is not None:
            return Phase.RESTARTING
        return Phase.STARTING if self.seen.dns_ip is None else Phase.ALMOST_READY

    def stopped(self, reason: str, *, failed: bool = False) -> Session:
        """Return the session wanted stopped; the first reason stays."""
        if self.wanted == STOPPED:
            return self
        return replace(self, wanted=STOPPED, reason=reason, failed=failed)

    def admitted(self, now: datetime) -> Session:
        """Return the session with a place: the time that its server may live counts from now."""
        minutes = self.launch.minutes if self.launch is not None else 0
        return replace(self, admitted_at=now, stop_at=now + timedelta(minutes=minutes))


class Phase(StrEnum):
    """How far a participant's server is, in words for their page."""

    QUEUED = "queued"
    STARTING = "starting"
    ALMOST_READY = "almost ready"
    RESTARTING = "restarting"


def session_id(project_id: str, user_id: str, created: str, number: int, day: datetime) -> str:
    """Return the id of a participant's `number`-th session: the same for the same record, whoever computes it.

    Args:
        project_id: the project.
        user_id: in lower case.
        created: the participant record's `created`, which tells a participant who was removed and came again apart.
        number: 1 for the first.
        day: when the participant was last heard of; names the folder of the ended record.
    """
    digest = hashlib.sha256("\n".join((project_id, user_id, created, str(number))).encode("utf-8")).hexdigest()
    return f"{day:%Y%m%d}-{digest[:16]}"


def is_session_id(text: str) -> bool:
    """Tell whether a text could be a session's id."""
    return schemas.is_valid(schemas.SESSION_ID, text)


def new_session(
    message: Start,
    project: Project,
    now: datetime,
    max_runtime: int,
    shared_cluster: str | None = None,
    *,
    counted: bool = False,
    trace: str | None = None,
) -> Session:
    """Make the record of a session that starts now and lives for the project's minutes, at most `max_runtime`.

    One that a limit counts begins in line, where it may stay for `LINE_LIMIT`.
    """
    minutes = min(project.max_runtime or max_runtime, max_runtime)
    task_definition = project.task_definition or project.id
    launch = Launch(task_definition, project.capacity, project.port, minutes, shared_cluster, project.most_sessions)
    session = Session(
        id=message.session_id,
        project_id=message.project_id,
        user_id=message.user_id,
        requested_at=message.requested_at,
        created_at=now,
        updated_at=now,
        stop_at=now + LINE_LIMIT,
        launch=launch,
        counted=counted,
        trace=trace,
    )
    return session if counted else session.admitted(now)
