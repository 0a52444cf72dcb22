"""Verify finds a session that ends too early, too late, for another reason, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hippo_deploy.verify.checks import ending
from hippo_deploy.verify.checks.playing import PLAYER
from hippo_deploy.verify.records import Session
from hippo_deploy.verify.results import Failed, Unproven
from tests.unit.deploy.verify.stage import FUNCTIONS, NAME, NOON, SESSION, STUDY, Stage

MINUTE = timedelta(minutes=1)


class Held:
    """ECS with the tag and stop calls only."""

    def __init__(self) -> None:
        self.tagged: list[str] = []
        self.stopped: list[str] = []

    def tag_resource(self, resourceArn: str, tags: Any) -> None:  # noqa: N803
        self.tagged.append(resourceArn)

    def stop_task(self, cluster: str, task: str, reason: str) -> None:
        self.stopped.append(task)


@pytest.fixture
def ecs(stage: Stage) -> Held:
    stage.clients.instead["ecs"] = held = Held()
    return held


def after_game(stage: Stage, step: str = "3") -> None:
    page = stage.world.page(PLAYER, STUDY.id)
    object.__setattr__(page, "ask", lambda *_: {"page": "<p>after", "step": step})
    stage.world.page = lambda *_: page  # type: ignore[method-assign]


def moved(stage: Stage, session: Session, to: Any = NOON + MINUTE) -> None:
    changed = session.record | {"stopAt": to.isoformat()}
    stage.put(f"_sessions/live/{session.user_id}.json", changed)


def ends_once(stage: Stage, session: Session, moment: Any, reason: str = "time is up", **more: Any) -> None:
    def happen() -> None:
        if stage.time.now() >= moment and stage.world.records.live(session.user_id) is not None:
            stage.ends(session, reason, moment, **more)

    stage.time.meanwhile.append(happen)


def test_a_delayed_stop_in_time_passes(stage: Stage, ecs: Held) -> None:
    session = stage.plays(PLAYER)
    after_game(stage)
    stage.time.meanwhile.append(lambda: moved(stage, session) if stage.world.records.live(session.user_id) else None)
    ends_once(stage, session, NOON + MINUTE + timedelta(seconds=20))
    assert ending.delayed_stop(stage.world) == "everything was gone 20 s after its time (time is up)"
    assert ecs.tagged == [f"arn:aws:ecs:ca-central-1:123456789012:cluster/{NAME}-{SESSION}"]


def test_a_lost_stop_message_fails(stage: Stage, ecs: Held) -> None:
    stage.plays(PLAYER)
    after_game(stage)
    with pytest.raises(Failed, match="the stop message moves the end of the session: not within 60 s"):
        ending.delayed_stop(stage.world)


def test_a_delayed_stop_that_comes_immediately_fails(stage: Stage, ecs: Held) -> None:
    session = stage.plays(PLAYER)
    after_game(stage)
    ends_once(stage, session, NOON, "a stop was asked for")
    with pytest.raises(Failed, match="immediately, not after 1 min"):
        ending.delayed_stop(stage.world)


def test_a_missing_page_after_the_game_fails(stage: Stage, ecs: Held) -> None:
    stage.plays(PLAYER)
    after_game(stage, "2")
    with pytest.raises(Failed, match="shows step 2"):
        ending.delayed_stop(stage.world)


@pytest.fixture
def scheduled(stage: Stage, ecs: Held, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A ready session that ends in four minutes."""
    session = stage.plays(ending.SCHEDULED, STUDY.short_id, stopAt=(NOON + 4 * MINUTE).isoformat())
    monkeypatch.setattr(ending, "ready", lambda *_: (None, {}, session))
    return session


def test_a_schedule_that_fires_passes(stage: Stage, scheduled: Session) -> None:
    ends_once(stage, scheduled, NOON + 5 * MINUTE)
    assert "60 s after its time" in ending.schedule(stage.world)


def test_a_schedule_that_does_not_fire_fails(stage: Stage, scheduled: Session) -> None:
    with pytest.raises(Failed, match="the stop by schedule ends the session"):
        ending.schedule(stage.world)
    assert stage.time.now() >= NOON + 9 * MINUTE


def test_a_session_that_ends_before_its_time_fails(stage: Stage, scheduled: Session) -> None:
    ends_once(stage, scheduled, NOON + MINUTE, "the task stopped: EssentialContainerExited")
    with pytest.raises(Failed, match="180 s before its time"):
        ending.schedule(stage.world)


def test_a_session_that_ends_with_a_failure_fails(stage: Stage, scheduled: Session) -> None:
    ends_once(stage, scheduled, NOON + 4 * MINUTE, failed=True)
    with pytest.raises(Failed, match="as a failure"):
        ending.schedule(stage.world)


def test_a_server_that_runs_after_its_session_fails(stage: Stage, scheduled: Session) -> None:
    ends_once(stage, scheduled, NOON + 4 * MINUTE)
    stage.world.accepts = lambda *_: True
    with pytest.raises(Failed, match="still accepts connections"):
        ending.schedule(stage.world)


@pytest.fixture
def casualty(stage: Stage, ecs: Held, monkeypatch: pytest.MonkeyPatch) -> Session:
    session = stage.plays(ending.CASUALTY)
    monkeypatch.setattr(ending, "ready", lambda *_: (None, {}, session))
    return session


DIED = "the task stopped: UserInitiated, make verify: a task that dies"


def test_an_event_that_arrives_passes(stage: Stage, casualty: Session, ecs: Held) -> None:
    ends_once(stage, casualty, NOON + MINUTE, DIED)
    assert ending.task_dies(stage.world) == "everything was gone 60 s after the task was stopped"
    assert ecs.stopped == [casualty.task_arn]


def test_an_event_that_does_not_arrive_fails(stage: Stage, casualty: Session) -> None:
    with pytest.raises(Failed, match="the event of the stopped task ends its session: not within 300 s"):
        ending.task_dies(stage.world)


def test_a_session_that_another_cause_has_ended_fails(stage: Stage, casualty: Session) -> None:
    ends_once(stage, casualty, NOON + MINUTE, "a stop was asked for")
    with pytest.raises(Failed, match="for another reason: a stop was asked for"):
        ending.task_dies(stage.world)


@pytest.mark.parametrize("swept", [True, False])
def test_in_a_shared_cluster_a_sweep_meanwhile_is_unproven(monkeypatch: pytest.MonkeyPatch, swept: bool) -> None:
    stage = Stage(shared_cluster=f"{NAME}-shared")
    stage.clients.instead["ecs"] = held = Held()
    session = stage.plays(ending.CASUALTY)
    monkeypatch.setattr(ending, "ready", lambda *_: (None, {}, session))
    logs, group = stage.clients.client("logs"), f"/aws/lambda/{FUNCTIONS['sweep_sessions']}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="x")
    at = NOON + timedelta(seconds=30 if swept else -30)
    event = {"timestamp": int(at.timestamp() * 1000), "message": "swept"}
    monkeypatch.setattr("moto.logs.models.unix_time_millis", lambda *_: int(at.timestamp() * 1000))
    logs.put_log_events(logGroupName=group, logStreamName="x", logEvents=[event])
    ends_once(stage, session, NOON + MINUTE, DIED)
    if swept:
        with pytest.raises(Unproven, match="run it again"):
            ending.task_dies(stage.world)
    else:
        assert "60 s" in ending.task_dies(stage.world)
    assert held.tagged == [session.task_arn]


def test_the_limit_of_the_verification_ends_a_wait(stage: Stage, scheduled: Session) -> None:
    stage.world.deadline = NOON + 2 * MINUTE
    with pytest.raises(Failed, match="not within the 25 minutes of the whole verification"):
        ending.schedule(stage.world)
    assert stage.time.now() < NOON + 3 * MINUTE
