"""What a session needs next: a pure function of its record, one look at AWS, and the time.

docs/lifecycle.md draws it: the states, and a table of condition → step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from hippo_gym.sessions.model import LINE_LIMIT, STOPPED, Attempt, Failure, Session
from hippo_gym.sessions.resources.fargate import Task

START_LIMIT: Final = timedelta(minutes=15)
"""A session that is not ready so long after it got its place has failed. A large image may take half of it to pull."""

MOST_ATTEMPTS: Final = 6
"""So many tries to run a task, and the session has failed."""

_STUCK: Final = timedelta(minutes=3)
"""So long without a place to run is too long; PENDING, while its image is pulled, is not stuck."""

_UNSEEN: Final = timedelta(seconds=60)
_LOST_BY_AWS: Final = frozenset({"SpotInterruption", "TerminationNotice", "InfrastructureHealth"})
"""Stop codes of a task that AWS took away: its container did nothing wrong (botocore, ecs, shape TaskStopCode)."""


class Step(Enum):
    """What is to be done next."""

    TAKE_PLACE = "take a place"
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
    """The next step, with why, and which failure a stop for that reason is, if any."""

    step: Step
    reason: str = ""
    failure: Failure | None = None


@dataclass(frozen=True)
class World:
    """One look at AWS.

    Attributes:
        task: the current attempt's task; None if there is no attempt, or ECS does not show its task.
        public_ip: the task's address.
        in_sync: the DNS record that was set last is answered by every name server.
        answers: the container accepts connections on its port.
    """

    task: Task | None = None
    public_ip: str | None = None
    in_sync: bool = False
    answers: bool = False


def plan(session: Session, world: World, now: datetime) -> Plan:
    """Compare what is wanted with what is seen, and return the next step. Pure."""
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
        return Plan(Step.STOP, "time is up", Failure.TIME_UP if seen.ready_at is None else None)
    if seen.ready_at is None and now >= (seen.lost_at or admitted_at) + START_LIMIT:
        limit = int(START_LIMIT.total_seconds() // 60)
        reason = f"not ready within {limit} minutes; {seen.last_failure or 'no failure was seen'}"
        return Plan(Step.STOP, reason, Failure.NOT_READY)
    if not seen.schedule:
        return Plan(Step.MAKE_SCHEDULE)
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
        reason = _why_stopped(task)
        if seen.ready_at is None or (task is not None and task.stop_code in _LOST_BY_AWS):
            return Plan(Step.GIVE_UP_ATTEMPT, reason)
        return Plan(Step.STOP, reason)
    if seen.ready_at is None and task.status == "PROVISIONING" and age >= _STUCK:
        return Plan(Step.GIVE_UP_ATTEMPT, f"the task was still {task.status} after {_STUCK}")
    if world.public_ip is not None and world.public_ip != seen.dns_ip:
        return Plan(Step.PUBLISH_ADDRESS)
    if seen.ready_at is not None:
        return Plan(Step.NOTHING)
    return Plan(Step.NOTE_READY if world.in_sync and world.answers else Step.WAIT)


def _why_stopped(task: Task | None) -> str:
    if task is None:
        return "ECS does not know the task any more"
    return f"the task stopped: {task.stop_code or 'no code'}, {task.stopped_reason or 'no reason given'}"


def capacity_provider(capacity: str, number: int) -> str:
    """Return what an attempt runs on: spot first and on-demand from then on, if the project allows both."""
    if capacity == "spot" or (capacity == "spot-then-on-demand" and number == 1):
        return "FARGATE_SPOT"
    return "FARGATE"
