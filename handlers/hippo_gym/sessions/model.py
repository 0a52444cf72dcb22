"""The session: what is wanted of one participant's server, and what was observed of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hippo_gym.runtime import schemas
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.warm_names import is_warm
from hippo_gym.studies.assignment import by_hash
from hippo_gym.studies.projects import BALANCED, OPEN, Project
from hippo_gym.studies.warm import MARGIN, MAX_AGE

LINE_LIMIT: Final = timedelta(hours=1)
"""A session fails after this time in line; a participant who still waits joins the line again."""

LINE_FULL: Final = "the line was full"
"""The reason of a session that was refused a place in line."""

DIRECT: Final = "direct"
"""The route on which the page connects to the server's own name and port."""

EDGE: Final = "edge"
"""The route through the page's CloudFront distribution (edge.py)."""

RUNNING: Final = "running"
STOPPED: Final = "stopped"


class Failure(StrEnum):
    """Why a session could not be started: the `Reason` of the metric.

    The record holds the whole reason.
    """

    NO_ROOM = "NoRoom"
    LAUNCH_REFUSED = "LaunchRefused"
    TASK_STOPPED = "TaskStopped"
    NOT_READY = "NotReady"
    TIME_UP = "TimeUp"
    NAME_TAKEN = "NameTaken"
    TASK_TOO_LARGE = "TaskTooLarge"
    TASK_DEFINITION_MISSING = "TaskDefinitionMissing"
    CALL_REFUSED = "CallRefused"
    PROJECT_INVALID = "ProjectInvalid"


class EndedBy(StrEnum):
    """What ended a session that had not failed, where that says that no participant used it any more.

    After each of these only the participant asks for another server, not a page that polls.
    """

    TIME = "time"
    IDLE = "idle"
    SERVER = "server"


@dataclass(frozen=True)
class Launch:
    """How a session's task is started; fixed when the session is claimed.

    Attributes:
        minutes: the longest runtime of the server.
        cluster: the shared cluster; None if the session has its own.
        max_in_project: how many sessions its project may have at the same time, or None.
        groups: number of groups → the participant's group.
        conditions: condition → the participant's value.
        access: the study's `access`; tells the container whether to demand the session's token.
        idle_minutes: minutes without a participant after which the server ends; None: never.
        version: the version of the study, or None.
        updated_at: of a warm server: when the entry was written that it was started for.
        warm: the study has warm servers.
        route: how the page reaches the server: `DIRECT` or `EDGE`.
    """

    task_definition: str
    capacity: str
    port: int
    minutes: int = 0
    cluster: str | None = None
    max_in_project: int | None = None
    groups: Mapping[int, int] = field(default_factory=dict, hash=False)
    conditions: Mapping[str, str] = field(default_factory=dict, hash=False)
    access: str = OPEN
    idle_minutes: int | None = None
    version: str | None = None
    updated_at: str | None = None
    warm: bool = False
    route: str = DIRECT


@dataclass(frozen=True)
class Other:
    """Names another session: its user id, or the name of a warm server, and its id."""

    user_id: str
    session_id: str


@dataclass(frozen=True)
class Attempt:
    """One try to run a task, recorded before RunTask is called.

    A repeated call uses the same token.

    Attributes:
        number: 1 for the first; part of the client token.
        capacity_provider: FARGATE or FARGATE_SPOT.
        not_before: the earliest time for RunTask; afterwards, when RunTask answered.
        task_arn: None until RunTask has answered.
        over: ECS refused the task, or it has stopped.
    """

    number: int
    capacity_provider: str
    not_before: datetime
    task_arn: str | None = None
    over: bool = False


@dataclass(frozen=True)
class Seen:
    """The resources that were made for a session, and what was observed of them.

    A resource may exist before it is recorded here.

    `other_tasks`: ARNs of tasks besides the attempt's: of earlier attempts, or found by a takedown.
    `warm`: the warm server that the session has, or is about to take.
    `running_at`: when the task of the attempt that became ready began to run, as ECS says.
    `lost_at`: when AWS stopped a ready task; the limit to be ready again counts from then.
    `withdrawn_at`: when StopTask had been called for every task, and DNS name and schedule were
    deleted.
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
    running_at: datetime | None = None
    warm: Other | None = None


@dataclass(frozen=True)
class Session:
    """One participant's server, from the start message until no resource is left.

    Attributes:
        stop_at: when it ends at the latest; while it is in line, when it fails for lack of a place.
        launch: None for a session that was stopped before it was claimed.
        counted: a limit counts it, so it needs a place.
        admitted_at: when it got its place; None while it is in line. Before, it has no resources.
        line_full: it ended because the line was full. Its participant comes back later, and the
            next session has this one's `requested_at`, which is its rank in line.
        trace: the X-Ray trace of the invocation that claimed it (tracing.py), or None. Stored,
            because a later invocation may repeat RunTask, and the same client token requires the
            same request.
        token: proves that its bearer holds this session (tokens.py); None for a session that an
            earlier release claimed, and once it is over. Never printed.
        holder: the hash of what proved who the participant is; None in a study of `access: open`.
        upload_token: proves that its bearer is the session's container (uploads.py); None as for
            `token`. Never printed.
        ended_by: why no participant needed it any more, or None.
        taken_by: of a warm server: the session of the participant who has it, or None.
        taken_at: when that session took it.
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
    token: str | None = field(default=None, repr=False)
    holder: str | None = None
    upload_token: str | None = field(default=None, repr=False)
    line_full: bool = False
    ended_by: EndedBy | None = None
    taken_by: Other | None = None
    taken_at: datetime | None = None

    @property
    def is_warm(self) -> bool:
        """Return whether it is a warm server, which has no participant of its own."""
        return is_warm(self.user_id)

    @property
    def has_warm(self) -> bool:
        """Return whether its server is a warm one that it has taken."""
        return self.seen.warm is not None and self.seen.attempt is not None

    @property
    def ready(self) -> bool:
        """Return whether the participant can connect."""
        return self.wanted == RUNNING and self.seen.ready_at is not None

    @property
    def tasks(self) -> tuple[str, ...]:
        """Return the recorded ARNs of all its tasks, the latest attempt's first."""
        attempt = self.seen.attempt
        latest = () if attempt is None or attempt.task_arn is None else (attempt.task_arn,)
        return latest + tuple(arn for arn in self.seen.other_tasks if arn not in latest)

    @property
    def in_line(self) -> bool:
        """Return whether it waits for a place."""
        return self.wanted == RUNNING and self.admitted_at is None

    def yields_to(self, holder: str | None, *, takes_over: bool) -> bool:
        """Return whether another study's request for a server may end this session.

        Only an answer ends it, not a page that is opened; and the session of a participant with a
        proof only their own answer.

        Args:
            holder: of the other study's request.
            takes_over: an answer, or an operator, asked for the server.
        """
        return takes_over and self.holder in (None, holder)

    @property
    def phase(self) -> Phase:
        """Return the progress of a session that is not ready."""
        if self.wanted == STOPPED or self.in_line:
            return Phase.QUEUED
        if self.seen.lost_at is not None:
            return Phase.RESTARTING
        return Phase.STARTING if self.seen.dns_ip is None else Phase.ALMOST_READY

    def stopped(self, reason: str, *, failed: bool = False, by: EndedBy | None = None) -> Session:
        """Return the session with `wanted` set to stopped; a session keeps its first reason."""
        if self.wanted == STOPPED:
            return self
        return replace(self, wanted=STOPPED, reason=reason, failed=failed, ended_by=None if failed else by)

    def refused(self) -> Session:
        """Return the session as one that found the line full."""
        return self if self.wanted == STOPPED else replace(self.stopped(LINE_FULL), line_full=True)

    def admitted(self, now: datetime) -> Session:
        """Return the session with a place; its runtime counts from now."""
        minutes = self.launch.minutes if self.launch is not None else 0
        return replace(self, admitted_at=now, stop_at=now + timedelta(minutes=minutes))


def _kept_warm(launch: Launch, project: Project) -> Launch:
    """Return how a warm server is started: without a participant, for its wait and a session after it."""
    minutes = launch.minutes + int((MAX_AGE + MARGIN).total_seconds() // 60)
    return replace(
        launch, minutes=minutes, groups={}, conditions={}, idle_minutes=None, updated_at=project.updated_at, warm=False
    )


class Phase(StrEnum):
    """The progress of a participant's server, as the waiting page shows it."""

    QUEUED = "queued"
    STARTING = "starting"
    ALMOST_READY = "almost ready"
    RESTARTING = "restarting"


def session_id(project_id: str, user_id: str, created: str, number: int, day: datetime) -> str:
    """Return the id of a participant's `number`-th session.

    The same record always gives the same id.

    Args:
        project_id: the project.
        user_id: in lower case.
        created: the participant record's `created`; a participant who comes back after their data
            was removed gets other ids.
        number: 1 for the first.
        day: the day of the participant's last stored request; names the folder of the ended record.
    """
    digest = hashlib.sha256("\n".join((project_id, user_id, created, str(number))).encode("utf-8")).hexdigest()
    return f"{day:%Y%m%d}-{digest[:16]}"


def is_session_id(text: str) -> bool:
    """Return whether a text has the form of a session's id."""
    return schemas.is_valid(schemas.SESSION_ID, text)


def _conditions(project: Project, user_id: str) -> Mapping[str, str]:
    """Return the conditions for a start that names none: POST /start knows no participant's record.

    In a balanced study only the record knows them.
    """
    return {} if project.assignment == BALANCED else by_hash(project, user_id)


def new_session(
    message: Start,
    project: Project,
    now: datetime,
    max_runtime: int,
    shared_cluster: str | None = None,
    *,
    counted: bool = False,
    trace: str | None = None,
    token: str | None = None,
    upload_token: str | None = None,
    route: str = DIRECT,
) -> Session:
    """Return a new session that may run for the project's minutes, at most `max_runtime` minutes.

    A session that a limit counts begins in line and may wait there for `LINE_LIMIT`.
    """
    minutes = min(project.max_runtime or max_runtime, max_runtime)
    task_definition = project.task_definition or project.id
    launch = Launch(
        task_definition,
        project.capacity,
        project.port,
        minutes,
        shared_cluster,
        project.max_sessions,
        message.groups,
        message.conditions or _conditions(project, message.user_id),
        project.access,
        project.idle_timeout,
        project.version,
        warm=bool(project.warm),
        route=route,
    )
    if is_warm(message.user_id):
        launch = _kept_warm(launch, project)
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
        token=token,
        holder=message.holder,
        upload_token=upload_token,
    )
    return session if counted else session.admitted(now)
