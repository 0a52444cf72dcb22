"""A sweep with faults, or without enough time, still handles everything else; a later sweep handles the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from hippo_gym.sessions.capacity import Place
from hippo_gym.sessions.sweep import Report, Unread, side_by_side
from tests.support.moto_world import DEPLOYMENT, OTHER_SESSION, SESSION, MotoWorld, entry
from tests.unit.handlers.interposed import client_error, counted, fails, interpose

NAME = f"{DEPLOYMENT}-{SESSION}"


@pytest.fixture
def study(study: MotoWorld) -> MotoWorld:
    """A study with one session that is ready."""
    study.start()
    return study


@pytest.mark.parametrize("broken", ["{", "[]", '{"sessionId": "x"}', json.dumps({"wanted": "running"})])
def test_with_an_unreadable_live_record_no_leftover_is_cleared(study: MotoWorld, broken: str) -> None:
    study.put("_sessions/live/ada.json", broken)
    report = study.sweep()
    assert (report.unreadable, report.cleared, len(study.tasks()), len(study.records())) == (1, 0, 1, 2)


def test_an_unreadable_record_does_not_prevent_the_end_of_another_session(study: MotoWorld) -> None:
    study.put("_sessions/live/aaa.json", "{")
    study.clock.advance(minutes=31)
    study.sweep()
    assert study.keys("_sessions/live/") == ["_sessions/live/aaa.json"]


def test_a_session_that_cannot_be_swept_does_not_prevent_the_end_of_another(study: MotoWorld) -> None:
    study.start(OTHER_SESSION, user="ben")
    study.clock.advance(minutes=31)
    stuck = fails(client_error("AccessDeniedException"), when=lambda arguments: arguments["cluster"] == NAME)
    interpose(study, "ecs", delete_cluster=stuck)
    assert (study.sweep().sessions, study.clusters()) == ({"error": 1, "over": 1}, [NAME])


def test_a_record_that_s3_does_not_return_does_not_prevent_the_end_of_another_session(study: MotoWorld) -> None:
    study.put_session(OTHER_SESSION, user="aaa")
    study.clock.advance(minutes=31)
    denied = fails(client_error("AccessDenied"), when=lambda arguments: "aaa" in arguments["Key"])
    interpose(study, "s3", get_object=denied)
    study.sweep()
    assert study.keys("_sessions/live/") == ["_sessions/live/aaa.json"]


def test_a_leftover_that_cannot_be_cleared_does_not_block_another(world: MotoWorld) -> None:
    for session in (SESSION, OTHER_SESSION):
        world.clients.ecs.create_cluster(clusterName=f"{DEPLOYMENT}-{session}")
    stuck = fails(client_error("AccessDeniedException"), when=lambda arguments: arguments["cluster"] == NAME)
    interpose(world, "ecs", delete_cluster=stuck)
    report = world.sweep_twice()
    assert (report.cleared, report.uncleared, world.clusters()) == (1, 1, [NAME])


def test_a_leftover_whose_task_is_still_stopping_is_not_cleared_yet(world: MotoWorld) -> None:
    world.clients.ecs.create_cluster(clusterName=NAME)
    interpose(world, "ecs", delete_cluster=fails(client_error("ClusterContainsTasksException"), times=2))
    reports = [world.sweep_twice(), world.sweep(), world.sweep(), world.sweep()]
    assert [(report.cleared, report.lingering) for report in reports] == [(0, 1), (0, 1), (1, 0), (0, 0)]


def test_a_sweep_that_runs_out_of_time_reports_it_and_the_next_one_continues(world: MotoWorld) -> None:
    world.clients.ecs.create_cluster(clusterName=NAME)
    world.sweep()
    world.clock.advance(minutes=5)
    assert (world.sweep(budget=5).unfinished, world.sweep().cleared) == (True, 1)


def crowd(world: MotoWorld, count: int, seconds: float) -> None:
    """Make sessions that are past their deadline and each take some seconds to be taken down."""

    def slow(real: Callable[..., Any], **arguments: Any) -> Any:
        world.clock.advance(seconds=seconds)
        return real(**arguments)

    for number in range(count):
        over = (world.clock.now() - timedelta(minutes=1)).isoformat()
        world.put_session(f"20261122-{number:016x}", f"user{number}", stopAt=over)
    interpose(world, "scheduler", delete_schedule=slow)


def test_leftovers_are_cleared_although_there_is_no_time_for_every_session(world: MotoWorld) -> None:
    world.clients.ecs.create_cluster(clusterName=NAME)
    world.sweep()
    world.clock.advance(minutes=5)
    crowd(world, 20, seconds=10)
    report = world.sweep()
    assert (report.unfinished, report.cleared, world.clusters()) == (True, 1, [])


def test_sessions_are_converged_although_there_is_no_time_for_every_leftover(study: MotoWorld) -> None:
    for number in range(20):
        study.clients.ecs.create_cluster(clusterName=f"{DEPLOYMENT}-20261122-{number:016x}")
    study.sweep()
    study.clock.advance(minutes=31)

    def slow(real: Callable[..., Any], **arguments: Any) -> Any:
        study.clock.advance(seconds=5)
        return real(**arguments)

    interpose(study, "ecs", delete_cluster=slow)
    report = study.sweep()
    assert (report.unfinished, report.sessions, study.keys("_sessions/live/")) == (True, {"over": 1}, [])


def test_all_sessions_are_converged_in_the_end(world: MotoWorld) -> None:
    crowd(world, 8, seconds=10)
    reports = [world.sweep() for _ in range(3)]
    assert (reports[0].unfinished, reports[-1].unfinished, world.left_over()) == (True, False, [])


def test_places_are_reviewed_although_there_is_no_time_for_every_session(world: MotoWorld) -> None:
    world.max_sessions = 30
    crowd(world, 20, seconds=10)
    world.places().ask(Place(SESSION, "study", "gone", world.clock.now()))
    for _ in range(2):
        assert world.sweep().unfinished
        world.clock.advance(minutes=5)
    assert world.json("_sessions/places.json")["taken"] == []


def test_healthy_sessions_of_one_cluster_are_read_together(world: MotoWorld) -> None:
    world.shared_cluster = f"{DEPLOYMENT}-shared"
    world.clients.ecs.create_cluster(clusterName=world.shared_cluster)
    world.register(entry())
    for number in range(3):
        world.start(f"20261122-{number:016x}", f"user{number}")
    with counted("ecs") as calls:
        assert world.sweep() == Report(sessions={"ready": 3})
    who_started_what, whether_they_run = 1, 1
    assert calls["ecs.DescribeTasks"] == who_started_what + whether_they_run


def test_sessions_whose_tasks_cannot_be_read_together_are_converged_one_by_one(study: MotoWorld) -> None:
    study.clock.advance(minutes=31)
    interpose(study, "ecs", describe_tasks=fails(client_error("ThrottlingException"), times=1))
    assert (study.sweep().sessions, study.left_over()) == ({"over": 1}, [])


def test_records_are_read_in_parallel_and_returned_in_order() -> None:
    together = Barrier(2, timeout=300)

    def read(user_id: str) -> Unread:
        together.wait()
        return Unread(user_id)

    assert list(side_by_side(read, ["fault", "no time"])) == [Unread.FAULT, Unread.NO_TIME]


def test_without_time_to_read_every_live_record_no_leftover_is_cleared(study: MotoWorld) -> None:
    study.clients.ecs.create_cluster(clusterName=f"{DEPLOYMENT}-{OTHER_SESSION}")
    study.sweep()
    study.clock.advance(minutes=5)
    report = study.sweep(budget=9)
    assert (report.unfinished, report.cleared, len(study.clusters())) == (True, 0, 2)


def test_a_slow_leftover_does_not_block_all_others(world: MotoWorld) -> None:
    for session in (SESSION, OTHER_SESSION):
        world.clients.ecs.create_cluster(clusterName=f"{DEPLOYMENT}-{session}")

    def stuck(real: Callable[..., Any], **arguments: Any) -> Any:
        if arguments["cluster"] == NAME:
            world.clock.advance(seconds=55)
            raise client_error("ServerException")
        return real(**arguments)

    interpose(world, "ecs", delete_cluster=stuck)
    assert any(world.sweep_twice().cleared or world.clusters() == [NAME] for _ in range(30))


def test_the_sweeper_never_runs_a_task(study: MotoWorld) -> None:
    study.task_ends("SpotInterruption")
    study.sweep()
    assert study.tasks() == []


def test_a_session_that_lost_its_task_and_is_not_started_again_is_taken_down_in_time(study: MotoWorld) -> None:
    study.task_ends("SpotInterruption")
    study.sweep()
    study.clock.advance(minutes=16)
    study.sweep()
    assert study.left_over() == []
