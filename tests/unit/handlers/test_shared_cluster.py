"""Sessions that share one cluster: each is taken down alone, and the cluster stays."""

from __future__ import annotations

import pytest
from moto.ecs.models import ecs_backends

from hippo_gym.lifecycle import Outcome
from tests.unit.handlers.world import ACCOUNT, DEPLOYMENT, OTHER_SESSION, REGION, SESSION, World, entry

SHARED = f"{DEPLOYMENT}-shared"


@pytest.fixture
def shared(world: World) -> World:
    """A deployment whose sessions share a cluster, with one session that is ready."""
    world.shared_cluster = SHARED
    world.clients.ecs.create_cluster(clusterName=SHARED)
    world.register(entry())
    assert world.start() is Outcome.READY
    return world


def running() -> list[str]:
    tasks = ecs_backends[ACCOUNT][REGION].tasks.get(SHARED, {}).values()
    return [task.started_by for task in tasks if task.last_status != "STOPPED"]


def test_a_session_makes_no_cluster_of_its_own(shared: World) -> None:
    assert (shared.clusters(), running()) == ([SHARED], [SESSION])


def test_the_record_says_which_cluster_it_is(shared: World) -> None:
    assert shared.session()["launch"]["cluster"] == SHARED


def test_a_stop_ends_the_session_and_leaves_the_cluster(shared: World) -> None:
    shared.stop()
    assert (running(), shared.clusters(), shared.left_over()) == ([], [SHARED], [SHARED])


def test_a_stop_ends_nobody_else_s_task(shared: World) -> None:
    shared.start(OTHER_SESSION, user="ben")
    shared.stop()
    assert running() == [OTHER_SESSION]


def test_a_session_keeps_the_cluster_that_it_began_in(shared: World) -> None:
    shared.shared_cluster = None
    shared.stop()
    assert (running(), shared.clusters()) == ([], [SHARED])


def test_the_sweeper_finds_a_task_that_belongs_to_no_session(shared: World) -> None:
    shared.clients.s3.delete_object(Bucket="projects.example", Key="_sessions/live/ada.json")
    assert shared.sweep_twice().cleared == 1
    assert (running(), shared.left_over()) == ([], [SHARED])


def test_the_sweeper_leaves_a_session_that_is_well_alone(shared: World) -> None:
    assert shared.sweep().sessions == {"ready": 1}
    assert running() == [SESSION]


def test_a_task_that_may_have_been_asked_for_is_given_time_to_show(world: World) -> None:
    """RunTask may have worked without its answer being written down, and ListTasks shows a task seconds later."""
    attempt = {"number": 1, "capacityProvider": "FARGATE", "notBefore": world.clock.now().isoformat()}
    launch = {"taskDefinition": "grid", "capacity": "on-demand", "port": 5000, "cluster": SHARED}
    world.clients.ecs.create_cluster(clusterName=SHARED)
    world.register(entry())
    world.put_session(launch=launch, seen={"attempt": attempt})
    assert world.stop() is Outcome.LINGERING
    world.clock.advance(seconds=31)
    assert (world.sweep().sessions, world.left_over()) == ({"over": 1}, [SHARED])
