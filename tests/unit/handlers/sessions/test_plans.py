"""The next step of a session: a table of condition and step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_gym.sessions.model import STOPPED, Attempt, EndedBy, Failure, Launch, Seen, Session
from hippo_gym.sessions.plan import MOST_ATTEMPTS, START_LIMIT, Plan, Step, World, capacity_provider, plan
from hippo_gym.sessions.resources.fargate import Task
from tests.support.moto_world import NOON, SESSION

ATTEMPT = Attempt(1, "FARGATE_SPOT", NOON, "task")
MADE = Seen(schedule=True, cluster=True, attempt=ATTEMPT)
RUNNING = Task("task", "RUNNING", "eni", None, None)
ADDRESSED = replace(MADE, public_ip="1.2.3.4", dns_ip="1.2.3.4", dns_change="change")
READY = replace(ADDRESSED, dns_in_sync=True, ready_at=NOON)
LATER = NOON + timedelta(minutes=2)


def session(seen: Seen, **changes: Any) -> Session:
    launch = Launch("grid", "spot-then-on-demand", 5000)
    made = Session(SESSION, "study", "ada", NOON, NOON, NOON, NOON + timedelta(minutes=30), launch, seen=seen)
    return replace(made, **{"admitted_at": NOON, **changes})


def stopped(code: str) -> Task:
    return Task("task", "STOPPED", None, code, code)


@pytest.mark.parametrize(
    ("seen", "world", "step"),
    [
        (Seen(), World(), Step.MAKE_SCHEDULE),
        (Seen(schedule=True), World(), Step.MAKE_CLUSTER),
        (Seen(schedule=True, cluster=True), World(), Step.BEGIN_ATTEMPT),
        (replace(MADE, attempt=replace(ATTEMPT, task_arn=None)), World(), Step.RUN_TASK),
        (
            replace(MADE, attempt=replace(ATTEMPT, task_arn=None, not_before=NOON + timedelta(hours=1))),
            World(),
            Step.WAIT,
        ),
        (replace(MADE, attempt=replace(ATTEMPT, over=True)), World(), Step.BEGIN_ATTEMPT),
        (MADE, World(replace(RUNNING, status="PROVISIONING")), Step.WAIT),
        (MADE, World(RUNNING), Step.WAIT),
        (MADE, World(RUNNING, "1.2.3.4"), Step.PUBLISH_ADDRESS),
        (ADDRESSED, World(RUNNING, "1.2.3.4"), Step.WAIT),
        (ADDRESSED, World(RUNNING, "1.2.3.4", in_sync=True), Step.WAIT),
        (ADDRESSED, World(RUNNING, "1.2.3.4", answers=True), Step.WAIT),
        (ADDRESSED, World(RUNNING, "1.2.3.4", in_sync=True, answers=True), Step.NOTE_READY),
        (ADDRESSED, World(RUNNING, "5.6.7.8"), Step.PUBLISH_ADDRESS),
        (READY, World(RUNNING, "1.2.3.4"), Step.NOTHING),
        (READY, World(RUNNING, "5.6.7.8"), Step.PUBLISH_ADDRESS),
        (MADE, World(stopped("TaskFailedToStart")), Step.GIVE_UP_ATTEMPT),
        (MADE, World(), Step.GIVE_UP_ATTEMPT),
        (READY, World(stopped("EssentialContainerExited")), Step.STOP),
        (READY, World(stopped("UserInitiated")), Step.STOP),
        (READY, World(stopped("SpotInterruption")), Step.GIVE_UP_ATTEMPT),
        (READY, World(stopped("TerminationNotice")), Step.GIVE_UP_ATTEMPT),
        (READY, World(stopped("InfrastructureHealth")), Step.GIVE_UP_ATTEMPT),
        (MADE, World(stopped("InfrastructureHealth")), Step.GIVE_UP_ATTEMPT),
        (READY, World(), Step.STOP),
    ],
)
def test_two_minutes_in_the_next_step_is(seen: Seen, world: World, step: Step) -> None:
    assert plan(session(seen), world, LATER).step is step


@pytest.mark.parametrize("seen", [Seen(), MADE, ADDRESSED, READY])
@pytest.mark.parametrize("world", [World(), World(RUNNING), World(stopped("x"))])
def test_a_session_that_is_wanted_stopped_is_always_taken_down(seen: Seen, world: World) -> None:
    assert plan(session(seen, wanted=STOPPED), world, NOON).step is Step.TAKE_DOWN


@pytest.mark.parametrize("seen", [Seen(), MADE, ADDRESSED, READY])
def test_at_its_deadline_a_session_is_stopped(seen: Seen) -> None:
    due = session(seen)
    assert plan(due, World(RUNNING, "1.2.3.4"), due.stop_at).step is Step.STOP


@pytest.mark.parametrize(("seen", "failure"), [(MADE, Failure.TIME_UP), (READY, None)])
def test_a_session_whose_time_is_up_has_failed_if_it_was_never_ready(seen: Seen, failure: Failure | None) -> None:
    due = session(seen)
    assert plan(due, World(RUNNING), due.stop_at) == Plan(Step.STOP, "time is up", failure, EndedBy.TIME)


def itself(exit_code: int | None) -> Task:
    return Task("task", "STOPPED", None, "EssentialContainerExited", "it exited", exit_code)


@pytest.mark.parametrize(
    ("exit_code", "before_its_end", "by", "is_time"),
    [
        (0, timedelta(minutes=5), EndedBy.SERVER, False),
        (0, timedelta(seconds=31), EndedBy.SERVER, False),
        (0, timedelta(seconds=20), EndedBy.TIME, True),  # hippo_play leaves 20 seconds early
        (1, timedelta(seconds=20), None, False),
        (None, timedelta(minutes=5), None, False),
    ],
)
def test_a_server_that_ended_itself_is_told_from_one_that_broke_and_from_the_end_of_its_time(
    exit_code: int | None, before_its_end: timedelta, by: EndedBy | None, is_time: bool
) -> None:
    ready = session(READY)
    planned = plan(ready, World(itself(exit_code)), ready.stop_at - before_its_end)
    assert (planned.step, planned.by, planned.reason == "time is up") == (Step.STOP, by, is_time)


@pytest.mark.parametrize(
    ("idle_minutes", "quiet_since", "ends"),
    [
        (10, NOON, True),
        (10, NOON + timedelta(seconds=1), False),
        (10, None, False),  # a client that sends no heartbeats
        (None, NOON, False),
    ],
)
def test_a_ready_session_without_anybody_ends_after_its_idle_time(
    idle_minutes: int | None, quiet_since: datetime | None, ends: bool
) -> None:
    launch = Launch("grid", "on-demand", 5000, idle_minutes=idle_minutes)
    idle = session(READY, launch=launch)
    planned = plan(idle, World(RUNNING, quiet_since=quiet_since), NOON + timedelta(minutes=10))
    assert planned == (
        Plan(Step.STOP, "no participant was there for 10 minutes", by=EndedBy.IDLE) if ends else Plan(Step.NOTHING)
    )


def test_a_session_that_is_not_ready_is_never_idle() -> None:
    launch = Launch("grid", "on-demand", 5000, idle_minutes=10)
    starting = session(ADDRESSED, launch=launch)
    assert plan(starting, World(RUNNING, quiet_since=NOON), NOON + timedelta(minutes=12)).step is Step.WAIT


def test_a_session_that_is_not_ready_in_time_fails() -> None:
    found = plan(session(replace(MADE, last_failure="no capacity")), World(RUNNING), NOON + START_LIMIT)
    assert (found.step, found.failure, "no capacity" in found.reason) == (Step.STOP, Failure.NOT_READY, True)


def test_a_session_that_lost_its_task_has_the_whole_start_limit_again() -> None:
    lost = replace(MADE, lost_at=NOON + timedelta(minutes=9))
    assert plan(session(lost), World(RUNNING), NOON + START_LIMIT).step is Step.WAIT


def test_a_stuck_task_is_given_up() -> None:
    world = World(replace(RUNNING, status="PROVISIONING"))
    assert plan(session(MADE), world, NOON + timedelta(minutes=3)).step is Step.GIVE_UP_ATTEMPT


def test_a_task_whose_image_takes_long_to_pull_is_waited_for() -> None:
    world = World(replace(RUNNING, status="PENDING"))
    assert plan(session(MADE), world, NOON + timedelta(minutes=8)).step is Step.WAIT


def test_a_task_that_ecs_does_not_show_yet_is_waited_for() -> None:
    assert plan(session(MADE), World(), NOON + timedelta(seconds=59)).step is Step.WAIT


@pytest.mark.parametrize(("task", "failure"), [(None, Failure.LAUNCH_REFUSED), ("task", Failure.TASK_STOPPED)])
def test_after_the_last_attempt_the_session_has_failed_and_says_why(task: str | None, failure: Failure) -> None:
    last = replace(ATTEMPT, number=MOST_ATTEMPTS, task_arn=task, over=True)
    found = plan(session(replace(MADE, attempt=last, last_failure="no capacity")), World(), NOON)
    assert (found.step, found.failure, "no capacity" in found.reason) == (Step.STOP, failure, True)


@pytest.mark.parametrize(
    ("capacity", "providers"),
    [
        ("spot", ["FARGATE_SPOT"] * 3),
        ("on-demand", ["FARGATE"] * 3),
        ("spot-then-on-demand", ["FARGATE_SPOT", "FARGATE", "FARGATE"]),
    ],
)
def test_attempts_use_the_capacity_that_the_project_allows(capacity: str, providers: list[str]) -> None:
    assert [capacity_provider(capacity, number) for number in (1, 2, 3)] == providers


tasks = st.none() | st.builds(
    Task,
    st.just("task"),
    st.sampled_from(["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPED"]),
    st.just("eni"),
    st.sampled_from([None, "SpotInterruption", "InfrastructureHealth", "EssentialContainerExited"]),
    st.none(),
)
seens = st.builds(
    Seen,
    schedule=st.booleans(),
    cluster=st.booleans(),
    attempt=st.none()
    | st.builds(
        Attempt, st.integers(1, 8), st.just("FARGATE"), st.just(NOON), st.sampled_from([None, "task"]), st.booleans()
    ),
    dns_ip=st.sampled_from([None, "1.2.3.4"]),
    ready_at=st.sampled_from([None, NOON]),
)
worlds = st.builds(World, tasks, st.sampled_from([None, "1.2.3.4", "5.6.7.8"]), st.booleans(), st.booleans())


@given(seens, worlds, st.integers(0, 40), st.sampled_from(["running", STOPPED]))
def test_there_is_always_a_plan(seen: Seen, world: World, minutes: int, wanted: str) -> None:
    found = plan(session(seen, wanted=wanted), world, NOON + timedelta(minutes=minutes))
    assert found.step in Step


@given(seens, worlds, st.integers(0, 40))
def test_no_task_is_run_before_there_is_a_schedule_that_stops_it(seen: Seen, world: World, minutes: int) -> None:
    found = plan(session(seen), world, NOON + timedelta(minutes=minutes))
    assert found.step is not Step.RUN_TASK or (seen.schedule and seen.cluster)


@given(seens, worlds, st.integers(30, 90))
def test_no_resource_is_made_after_the_deadline(seen: Seen, world: World, minutes: int) -> None:
    assert plan(session(seen), world, NOON + timedelta(minutes=minutes)).step is Step.STOP
