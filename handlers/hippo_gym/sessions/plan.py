"""The next step of a session: a pure function of its record, one observation of AWS, and the time.

docs/lifecycle.md draws the states and lists the conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from hippo_gym.sessions.model import LINE_LIMIT, STOPPED, Attempt, EndedBy, Failure, Session
from hippo_gym.sessions.resources.fargate import Task

START_LIMIT: Final = timedelta(minutes=15)
"""A session fails if it is not ready this long after it got its place. A large image may need half
of it.
"""

MOST_ATTEMPTS: Final = 6
"""A session fails after this many attempts to run a task."""

_STUCK: Final = timedelta(minutes=3)
"""A task may be PROVISIONING for this long; PENDING has no limit, because the image is pulled then.
"""

_UNSEEN: Final = timedelta(seconds=60)
"""A task that ECS does not show counts as lost once its attempt is this old: ECS may not show a new
task yet.
"""

_WARM_ANSWERS: Final = timedelta(seconds=5)
"""A warm server that does not answer this long after it was taken is given up: the session starts its own."""

TIME_IS_UP: Final = "time is up"

_ENDS_EARLY: Final = timedelta(seconds=30)
"""A server that ends itself this long before its deadline ended for it: hippo_play leaves 20 seconds
early, to save and to tell the page.
"""

_LOST_BY_AWS: Final = frozenset({"SpotInterruption", "TerminationNotice", "InfrastructureHealth"})
"""Stop codes of tasks that AWS stopped for its own reasons (botocore, ecs, shape TaskStopCode)."""


class Step(Enum):
    """The steps, with the texts that logs and dry runs show."""

    TAKE_PLACE = "take a place"
    TAKE_WARM = "take a warm server"
    MAKE_SCHEDULE = "make the stop schedule"
    MAKE_CLUSTER = "make the cluster"
    BEGIN_ATTEMPT = "begin an attempt to run the task"
    RUN_TASK = "run the task"
    GIVE_UP_ATTEMPT = "give the attempt up"
    PUBLISH_ADDRESS = "publish the address"
    NOTE_READY = "note that it is ready"
    STOP = "want it stopped"
    TAKE_DOWN = "take everything down"
    WAIT = "wait"
    NOTHING = "nothing"


NEEDS_LAUNCH: Final = frozenset(
    {
        Step.TAKE_PLACE,
        Step.TAKE_WARM,
        Step.MAKE_SCHEDULE,
        Step.MAKE_CLUSTER,
        Step.BEGIN_ATTEMPT,
        Step.RUN_TASK,
        Step.PUBLISH_ADDRESS,
        Step.WAIT,
    }
)
"""Steps that only a function with launch settings can take."""


@dataclass(frozen=True)
class Plan:
    """The next step, its reason, and what a stop for this reason counts as, if anything."""

    step: Step
    reason: str = ""
    failure: Failure | None = None
    by: EndedBy | None = None


@dataclass(frozen=True)
class World:
    """One observation of AWS.

    Attributes:
        task: the current attempt's task; None without an attempt, or if ECS does not show its task.
        public_ip: the task's public address.
        in_sync: every name server has the latest DNS record.
        answers: the container accepts connections on its port.
        quiet_since: since when the participant's page has not said that they are there; None if it
            never says so, or was not read: only the sweeper reads it.
    """

    task: Task | None = None
    public_ip: str | None = None
    in_sync: bool = False
    answers: bool = False
    quiet_since: datetime | None = None


def plan(session: Session, world: World, now: datetime) -> Plan:
    """Compare what is wanted with what was observed, and return the next step. Pure."""
    if session.wanted == STOPPED:
        return Plan(Step.TAKE_DOWN)
    if session.admitted_at is None:
        if now >= session.stop_at:
            return Plan(Step.STOP, f"no room within {int(LINE_LIMIT.total_seconds() // 60)} minutes", Failure.NO_ROOM)
        return Plan(Step.TAKE_PLACE)
    return _plan_with_place(session, session.admitted_at, world, now)


def _plan_with_place(session: Session, admitted_at: datetime, world: World, now: datetime) -> Plan:
    seen = session.seen
    if now >= session.stop_at:
        return Plan(Step.STOP, TIME_IS_UP, Failure.TIME_UP if seen.ready_at is None else None, EndedBy.TIME)
    if seen.ready_at is None and now >= (seen.lost_at or admitted_at) + START_LIMIT:
        limit = int(START_LIMIT.total_seconds() // 60)
        reason = f"not ready within {limit} minutes; {seen.last_failure or 'no failure was seen'}"
        return Plan(Step.STOP, reason, Failure.NOT_READY)
    if not seen.schedule:
        return Plan(Step.MAKE_SCHEDULE)
    if seen.warm is not None and seen.attempt is None:
        return Plan(Step.TAKE_WARM)
    if not seen.cluster and (session.launch is None or session.launch.cluster is None):
        return Plan(Step.MAKE_CLUSTER)
    attempt = seen.attempt
    if attempt is None or attempt.over:
        if attempt is not None and attempt.number >= MOST_ATTEMPTS:
            failure = Failure.LAUNCH_REFUSED if attempt.task_arn is None else Failure.TASK_STOPPED
            return Plan(Step.STOP, f"{MOST_ATTEMPTS} attempts failed, the last one: {seen.last_failure}", failure)
        return Plan(Step.BEGIN_ATTEMPT)
    if attempt.task_arn is None:
        return Plan(Step.RUN_TASK if now >= attempt.not_before else Step.WAIT)
    return _plan_with_task(session, attempt, world, now)


def _plan_with_task(session: Session, attempt: Attempt, world: World, now: datetime) -> Plan:
    seen, task = session.seen, world.task
    age = now - attempt.not_before
    if task is None and age < _UNSEEN:
        return Plan(Step.WAIT)
    if task is None or task.status == "STOPPED":
        return _plan_without_task(session, task, now)
    if seen.ready_at is None and task.status == "PROVISIONING" and age >= _STUCK:
        return Plan(Step.GIVE_UP_ATTEMPT, f"the task was still {task.status} after {_STUCK}")
    if session.has_warm and seen.ready_at is None:
        if world.answers:
            return Plan(Step.NOTE_READY)
        silent = f"the warm server did not answer within {_WARM_ANSWERS.seconds} seconds"
        return Plan(Step.WAIT) if age < _WARM_ANSWERS else Plan(Step.GIVE_UP_ATTEMPT, silent)
    if world.public_ip is not None and world.public_ip != seen.dns_ip:
        return Plan(Step.PUBLISH_ADDRESS)
    if seen.ready_at is not None:
        idle = _plan_idle(session, world, now)
        # The page opens the warm server's own name; older clients wait for the participant's.
        return Plan(Step.WAIT) if idle.step is Step.NOTHING and session.has_warm and not seen.dns_in_sync else idle
    return Plan(Step.NOTE_READY if world.in_sync and world.answers else Step.WAIT)


def _plan_without_task(session: Session, task: Task | None, now: datetime) -> Plan:
    """Return what follows when the task has stopped, or is unknown to ECS."""
    seen, reason = session.seen, _why_stopped(task)
    if session.is_warm and seen.ready_at is not None:
        return Plan(Step.STOP, reason)  # a participant who has it gets a server of their own
    if seen.ready_at is None or (task is not None and task.stop_code in _LOST_BY_AWS):
        return Plan(Step.GIVE_UP_ATTEMPT, reason)
    if _ended_itself(task):
        early = now >= session.stop_at - _ENDS_EARLY
        return Plan(Step.STOP, TIME_IS_UP if early else reason, by=EndedBy.TIME if early else EndedBy.SERVER)
    return Plan(Step.STOP, reason)


def _plan_idle(session: Session, world: World, now: datetime) -> Plan:
    minutes = session.launch.idle_minutes if session.launch is not None else None
    if minutes is None or world.quiet_since is None or now - world.quiet_since < timedelta(minutes=minutes):
        return Plan(Step.NOTHING)
    return Plan(Step.STOP, f"no participant was there for {minutes} minutes", by=EndedBy.IDLE)


def _ended_itself(task: Task | None) -> bool:
    return task is not None and task.stop_code == "EssentialContainerExited" and task.exit_code == 0


def _why_stopped(task: Task | None) -> str:
    if task is None:
        return "ECS does not know the task any more"
    return f"the task stopped: {task.stop_code or 'no code'}, {task.stopped_reason or 'no reason given'}"


def capacity_provider(capacity: str, number: int) -> str:
    """Return the capacity provider of the attempt with this number, counted from 1.

    If the project allows both, the first attempt runs on Spot, each further one on demand.
    """
    if capacity == "spot" or (capacity == "spot-then-on-demand" and number == 1):
        return "FARGATE_SPOT"
    return "FARGATE"
