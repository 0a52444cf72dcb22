"""The sweeper takes down what messages and schedules missed, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from hippo_gym.sessions.capacity import Place
from hippo_gym.sessions.sweep import Report, Unread, side_by_side
from tests.support.moto_world import DEPLOYMENT, OTHER_SESSION, ROLE, SESSION, MotoWorld, entry
from tests.unit.handlers.interposed import client_error, counted, fails, interpose

NAME = f"{DEPLOYMENT}-{SESSION}"


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    """A study with one session that is ready."""
    world.register(entry())
    world.start()
    return world


def orphan_schedule(world: MotoWorld, name: str) -> None:
    world.clients.scheduler.create_schedule(
        Name=name,
        ScheduleExpression="at(2026-11-22T13:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": world.topics["stop"], "RoleArn": ROLE, "Input": "{}"},
    )


def orphan_name(world: MotoWorld, label: str, owner: str) -> None:
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": f"{label}.example.net",
                "Type": kind,
                "TTL": 30,
                "ResourceRecords": [{"Value": value}],
            },
        }
        for kind, value in (("A", "203.0.113.9"), ("TXT", f'"{owner}"'))
    ]
    world.clients.route53.change_resource_record_sets(HostedZoneId=world.zone, ChangeBatch={"Changes": changes})


def forget_record(world: MotoWorld, user: str = "ada") -> None:
    world.clients.s3.delete_object(Bucket="projects.example", Key=f"_sessions/live/{user}.json")


def test_a_sweep_of_nothing_reports_nothing(world: MotoWorld) -> None:
    assert world.sweep() == Report()


def test_a_healthy_session_is_not_changed(study: MotoWorld) -> None:
    before = (study.session(), study.records(), study.clusters(), list(study.schedules()))
    assert study.sweep() == Report(sessions={"ready": 1})
    assert (study.session(), study.records(), study.clusters(), list(study.schedules())) == before


def test_a_starting_session_is_not_changed(world: MotoWorld) -> None:
    world.register(entry())
    world.addresses = False
    with pytest.raises(Exception, match="time is up"):
        world.start(budget=20)
    assert (world.sweep().sessions, len(world.tasks())) == ({"starting": 1}, 1)


def test_a_session_past_its_deadline_is_taken_down(study: MotoWorld) -> None:
    study.clock.advance(minutes=31)
    assert (study.sweep().sessions, study.left_over(), study.tasks()) == ({"over": 1}, [], [])


def test_an_abandoned_starting_session_is_started_again(world: MotoWorld) -> None:
    world.put_session()
    world.clock.advance(seconds=91)
    world.sweep()
    assert [message["sessionId"] for message in world.received("start")] == [SESSION]


def test_a_starting_session_that_a_function_works_on_is_not_started_again(world: MotoWorld) -> None:
    world.put_session()
    world.clock.advance(seconds=60)
    world.sweep()
    assert world.received("start") == []


def test_a_session_that_never_got_ready_is_taken_down_in_time(world: MotoWorld) -> None:
    world.register(entry())
    world.addresses = False
    with pytest.raises(Exception, match="time is up"):
        world.start(budget=20)
    world.clock.advance(minutes=16)
    assert (world.sweep().sessions, world.left_over(), world.ended()["failed"]) == ({"over": 1}, [], True)


def test_a_session_that_was_only_claimed_is_taken_down_at_its_deadline(world: MotoWorld) -> None:
    world.put_session(stopAt=(world.clock.now() + timedelta(minutes=5)).isoformat())
    world.clock.advance(minutes=6)
    assert (world.sweep().sessions, world.left_over()) == ({"over": 1}, [])


def test_a_session_whose_stopped_event_was_lost_is_taken_down(study: MotoWorld) -> None:
    study.task_ends("EssentialContainerExited")
    assert (study.sweep().sessions, study.left_over()) == ({"over": 1}, [])


def test_a_stopped_session_that_lingered_is_finished(study: MotoWorld) -> None:
    interpose(study, "ecs", delete_cluster=fails(client_error("ClusterContainsTasksException"), times=1))
    study.stop()
    assert (study.sweep().sessions, study.left_over()) == ({"over": 1}, [])


def test_a_stopped_session_that_still_lingers_is_left_to_the_next_sweep(study: MotoWorld) -> None:
    interpose(study, "ecs", delete_cluster=fails(client_error("ClusterContainsTasksException"), times=2))
    study.stop()
    assert (study.sweep().sessions, study.sweep().sessions) == ({"lingering": 1}, {"over": 1})


# --- leftovers without a record ---


def test_the_first_sweep_only_marks(world: MotoWorld) -> None:
    world.clients.ecs.create_cluster(clusterName=NAME)
    assert (world.sweep(), world.clusters()) == (Report(marked=1), [NAME])


def test_a_leftover_with_a_new_mark_is_not_cleared(world: MotoWorld) -> None:
    world.clients.ecs.create_cluster(clusterName=NAME)
    world.sweep()
    world.clock.advance(seconds=119)
    assert (world.sweep(), world.clusters()) == (Report(marked=1), [NAME])


def test_a_leftover_that_gets_a_record_loses_its_mark(world: MotoWorld) -> None:
    world.clients.ecs.create_cluster(clusterName=NAME)
    world.sweep()
    world.put_session()
    world.clock.advance(minutes=1)
    world.sweep()
    assert world.json("_sessions/marks.json") == {}


@pytest.mark.parametrize("broken", ["", "[]", "{", '{"x": 7}', "null"])
def test_unreadable_marks_are_written_again(world: MotoWorld, broken: str) -> None:
    world.clients.ecs.create_cluster(clusterName=NAME)
    world.put("_sessions/marks.json", broken)
    assert (world.sweep_twice().cleared, world.clusters()) == (1, [])


# --- what an operator holds, and a dry run ---


def hold(world: MotoWorld) -> None:
    (cluster,) = world.clients.ecs.describe_clusters(clusters=[NAME])["clusters"]
    world.clients.ecs.tag_resource(resourceArn=cluster["clusterArn"], tags=[{"key": "hippo-gym:hold", "value": "ada"}])


def test_a_leftover_on_hold_is_skipped_until_the_tag_is_removed(world: MotoWorld) -> None:
    world.clients.ecs.create_cluster(clusterName=NAME)
    hold(world)
    assert (world.sweep_twice(), world.clusters()) == (Report(on_hold=1), [NAME])
    (cluster,) = world.clients.ecs.describe_clusters(clusters=[NAME])["clusters"]
    world.clients.ecs.untag_resource(resourceArn=cluster["clusterArn"], tagKeys=["hippo-gym:hold"])
    assert (world.sweep().cleared, world.clusters()) == (1, [])


def test_a_live_session_on_hold_is_kept_after_its_deadline(study: MotoWorld) -> None:
    hold(study)
    study.clock.advance(minutes=31)
    assert (study.sweep().sessions, len(study.tasks())) == ({"on hold": 1}, 1)


def test_a_dry_run_reports_what_a_sweep_would_do_and_changes_nothing(study: MotoWorld) -> None:
    study.clients.ecs.create_cluster(clusterName=f"{DEPLOYMENT}-{OTHER_SESSION}")
    study.sweep()
    study.clock.advance(minutes=31)
    before = study.texts()
    report = study.sweep(dry_run=True)
    assert report.planned == [
        f"leftover of session {OTHER_SESSION}: clear it",
        f"session {SESSION} of study: want it stopped: time is up",
    ]
    assert (study.texts(), len(study.clusters())) == (before, 2)


def test_every_resource_of_a_session_without_a_record_is_deleted(study: MotoWorld) -> None:
    forget_record(study)
    report = study.sweep_twice()
    assert (report.cleared, study.left_over(), study.tasks()) == (1, [], [])


def test_an_orphan_cluster_is_deleted(world: MotoWorld) -> None:
    world.clients.ecs.create_cluster(clusterName=NAME)
    assert (world.sweep_twice().cleared, world.clusters()) == (1, [])


def test_an_orphan_schedule_is_deleted(world: MotoWorld) -> None:
    orphan_schedule(world, NAME)
    assert (world.sweep_twice().cleared, world.schedules()) == (1, {})


def test_an_orphan_name_is_deleted(world: MotoWorld) -> None:
    orphan_name(world, "ada", f"hippo-gym deployment={DEPLOYMENT} session={SESSION}")
    assert (world.sweep_twice().cleared, world.records()) == (1, set())


def test_leftovers_of_an_old_session_are_cleared_while_the_new_session_stays(study: MotoWorld) -> None:
    study.clients.ecs.create_cluster(clusterName=f"{DEPLOYMENT}-{OTHER_SESSION}")
    study.sweep_twice()
    assert (study.clusters(), len(study.records())) == ([NAME], 2)


@pytest.mark.parametrize(
    "name",
    [
        f"Other-{SESSION}",
        f"{DEPLOYMENT}-2-{SESSION}",
        f"{DEPLOYMENT}2-{SESSION}",
        f"{DEPLOYMENT}-notes",
        f"{DEPLOYMENT}-{SESSION}0",
        SESSION,
        DEPLOYMENT,
    ],
)
def test_clusters_and_schedules_of_other_owners_are_not_changed(world: MotoWorld, name: str) -> None:
    world.clients.ecs.create_cluster(clusterName=name)
    orphan_schedule(world, name)
    assert (world.sweep(), world.clusters(), list(world.schedules())) == (Report(), [name], [name])


@pytest.mark.parametrize(
    "owner",
    [f"hippo-gym deployment=Other session={SESSION}", "v=spf1 -all", "hippo-gym", f"hippo-gym session={SESSION}"],
)
def test_names_of_other_owners_are_not_changed(world: MotoWorld, owner: str) -> None:
    orphan_name(world, "ada", owner)
    before = world.records()
    assert (world.sweep(), world.records()) == (Report(), before)


# --- failures ---


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
    together = Barrier(2, timeout=30)

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
