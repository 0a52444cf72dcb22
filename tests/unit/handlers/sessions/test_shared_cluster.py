"""Sessions that share one cluster: each is taken down alone, and the cluster stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.ecs.models import ecs_backends

from hippo_gym.sessions.converge import Outcome
from tests.support.moto_world import ACCOUNT, DEPLOYMENT, OTHER_SESSION, REGION, SESSION, MotoWorld, entry
from tests.unit.handlers.interposed import client_error, fails, interpose

SHARED = f"{DEPLOYMENT}-shared"


@pytest.fixture
def shared(world: MotoWorld) -> MotoWorld:
    """A deployment whose sessions share a cluster, with one session that is ready."""
    world.shared_cluster = SHARED
    world.clients.ecs.create_cluster(clusterName=SHARED)
    world.register(entry())
    assert world.start() is Outcome.READY
    return world


def tasks() -> list[Any]:
    return list(ecs_backends[ACCOUNT][REGION].tasks.get(SHARED, {}).values())


def running() -> list[str]:
    return [task.started_by for task in tasks() if task.last_status != "STOPPED"]


def test_a_session_in_a_shared_cluster_makes_none(shared: MotoWorld) -> None:
    assert (shared.clusters(), running()) == ([SHARED], [SESSION])


def test_the_record_says_which_cluster_it_is(shared: MotoWorld) -> None:
    assert shared.session()["launch"]["cluster"] == SHARED


def test_a_stop_ends_the_session_and_leaves_the_cluster(shared: MotoWorld) -> None:
    shared.stop()
    assert (running(), shared.clusters(), shared.left_over()) == ([], [SHARED], [SHARED])


def test_a_stop_ends_no_other_session_s_task(shared: MotoWorld) -> None:
    shared.start(OTHER_SESSION, user="ben")
    shared.stop()
    assert running() == [OTHER_SESSION]


def test_a_session_keeps_the_cluster_that_it_began_in(shared: MotoWorld) -> None:
    shared.shared_cluster = None
    shared.stop()
    assert (running(), shared.clusters()) == ([], [SHARED])


def test_the_sweeper_finds_a_task_that_belongs_to_no_session(shared: MotoWorld) -> None:
    shared.clients.s3.delete_object(Bucket="projects.example", Key="_sessions/live/ada.json")
    assert shared.sweep_twice().cleared == 1
    assert (running(), shared.left_over()) == ([], [SHARED])


def test_the_sweeper_does_not_change_a_healthy_session(shared: MotoWorld) -> None:
    assert shared.sweep().sessions == {"ready": 1}
    assert running() == [SESSION]


def test_a_task_that_may_have_been_started_gets_time_to_be_listed(world: MotoWorld) -> None:
    """RunTask may succeed without a recorded answer; ListTasks shows the task seconds later."""
    attempt = {"number": 1, "capacityProvider": "FARGATE", "notBefore": world.clock.now().isoformat()}
    launch = {"taskDefinition": "grid", "capacity": "on-demand", "port": 5000, "cluster": SHARED}
    world.clients.ecs.create_cluster(clusterName=SHARED)
    world.register(entry())
    world.put_session(launch=launch, seen={"attempt": attempt})
    assert world.stop() is Outcome.LINGERING
    world.clock.advance(seconds=31)
    assert (world.sweep().sessions, world.left_over()) == ({"over": 1}, [SHARED])


# --- a session is not over while a task of it is stopping ---


def forget_task(world: MotoWorld) -> str:
    """Remove the task from the record, as if RunTask's answer had never been recorded."""
    record = world.session()
    arn: str = record["seen"]["attempt"].pop("taskArn")
    world.put("_sessions/live/ada.json", json.dumps(record))
    return arn


def test_a_session_lingers_until_its_task_has_stopped(shared: MotoWorld) -> None:
    interpose(shared, "ecs", stop_task=lambda real, **_: None)
    assert shared.stop() is Outcome.LINGERING
    tasks()[0].last_status = "STOPPED"
    assert (shared.task_stopped(), shared.left_over()) == (Outcome.OVER, [SHARED])


def test_a_session_lingers_until_an_earlier_attempt_s_task_has_stopped(shared: MotoWorld) -> None:
    tasks()[0].last_status, tasks()[0].stop_code = "STOPPED", "SpotInterruption"
    shared.start()
    earlier, _ = tasks()
    earlier.last_status = "DEPROVISIONING"
    interpose(
        shared, "ecs", stop_task=lambda real, **asked: None if asked["task"] == earlier.task_arn else real(**asked)
    )
    assert shared.stop() is Outcome.LINGERING
    earlier.last_status = "STOPPED"
    assert (shared.task_stopped(), shared.left_over()) == (Outcome.OVER, [SHARED])


def test_a_task_that_only_ecs_knows_is_recorded_before_stop_task(shared: MotoWorld) -> None:
    arn = forget_task(shared)
    interpose(shared, "ecs", stop_task=fails(client_error("AccessDeniedException")))
    with pytest.raises(Exception, match="AccessDenied"):
        shared.stop()
    assert shared.session()["seen"]["otherTasks"] == [arn]


def test_a_task_that_only_ecs_knows_is_stopped(shared: MotoWorld) -> None:
    forget_task(shared)
    shared.stop()
    assert running() == []


def test_started_by_is_the_only_filter_of_list_tasks(shared: MotoWorld) -> None:
    """ "When you specify startedBy as the filter, it must be the only filter that you use" (ECS, ListTasks)."""
    asked: list[dict[str, Any]] = []
    events = shared.clients.ecs.meta.events
    events.register("provide-client-params.ecs.ListTasks", lambda params, **_: asked.append(params), unique_id="asked")
    shared.stop()
    events.unregister("provide-client-params.ecs.ListTasks", unique_id="asked")
    assert {name for params in asked for name in params} == {"cluster", "startedBy"}
