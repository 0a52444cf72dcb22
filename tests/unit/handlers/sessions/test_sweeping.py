"""The sweeper takes down what messages and schedules missed, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hippo_gym.sessions.sweep import Report
from tests.support.moto_world import DEPLOYMENT, OTHER_SESSION, ROLE, SESSION, MotoWorld, entry
from tests.unit.handlers.interposed import client_error, fails, interpose

NAME = f"{DEPLOYMENT}-{SESSION}"


@pytest.fixture
def study(study: MotoWorld) -> MotoWorld:
    """A study with one session that is ready."""
    study.start()
    return study


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
