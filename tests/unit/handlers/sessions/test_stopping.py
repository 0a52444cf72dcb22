"""A session comes down: stop messages, delayed and late ones, and tasks that stopped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_gym.sessions.converge import Outcome
from hippo_gym.sessions.messages import TASK_STATE_CHANGE, Stop, read_task_stopped
from tests.support.moto_world import DEPLOYMENT, OTHER_SESSION, SESSION, MotoWorld, entry
from tests.unit.handlers.interposed import beforehand, client_error, fails, interpose

NAME = f"{DEPLOYMENT}-{SESSION}"


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    """A study with one session that is ready."""
    world.register(entry())
    world.start()
    return world


def scheduled_for(world: MotoWorld) -> str:
    expression: str = world.schedules()[NAME]["ScheduleExpression"]
    return expression


# --- immediate stops ---


def test_a_stop_leaves_no_resource(study: MotoWorld) -> None:
    assert (study.stop(), study.left_over(), study.tasks()) == (Outcome.OVER, [], [])


def test_a_stopped_session_keeps_its_record_among_the_ended(study: MotoWorld) -> None:
    study.stop()
    ended = study.ended()
    assert (ended["sessionId"], ended["wanted"], ended["failed"]) == (SESSION, "stopped", False)


def test_the_reason_of_a_stop_is_kept(study: MotoWorld) -> None:
    study.stopping().stop(Stop("study", "ada", SESSION, 0, "the participant moved on"), study.seconds(30))
    assert study.ended()["reason"] == "the participant moved on"


def test_a_stop_without_session_id_stops_the_live_session(study: MotoWorld) -> None:
    assert (study.stop(None), study.left_over()) == (Outcome.OVER, [])


def test_a_repeated_stop_changes_nothing(study: MotoWorld) -> None:
    study.stop()
    before = study.ended()
    assert (study.stop(), study.ended()) == (Outcome.OVER, before)


def test_a_late_stop_of_an_old_session_does_not_end_the_newer(study: MotoWorld) -> None:
    study.stop()
    study.start(OTHER_SESSION)
    study.stop(SESSION)
    assert (study.session()["wanted"], len(study.tasks(OTHER_SESSION))) == ("running", 1)


def test_a_stop_for_another_project_ends_nothing(study: MotoWorld) -> None:
    study.register(entry(), entry("other"))
    study.stop(None, project="other")
    assert len(study.tasks()) == 1


def test_a_stop_for_another_participant_ends_nothing(study: MotoWorld) -> None:
    study.stop(None, user="ben")
    assert len(study.tasks()) == 1


def test_a_stop_during_the_start_ends_it(world: MotoWorld) -> None:
    world.register(entry())
    world.addresses = False
    world.clock.while_asleep.append(world.stop)
    assert (world.start(), world.left_over(), world.tasks()) == (Outcome.OVER, [], [])


@pytest.mark.parametrize("operation", ["create_cluster", "run_task"])
def test_a_stop_just_before_a_resource_is_made_leaves_none(world: MotoWorld, operation: str) -> None:
    world.register(entry())
    interpose(world, "ecs", **{operation: beforehand(world.stop)})
    assert (world.start(), world.left_over(), world.tasks()) == (Outcome.OVER, [], [])


def test_a_stop_just_before_the_name_is_published_leaves_no_name(world: MotoWorld) -> None:
    world.register(entry())
    interpose(world, "route53", change_resource_record_sets=beforehand(world.stop))
    assert (world.start(), world.left_over()) == (Outcome.OVER, [])


def test_a_stop_just_before_the_claim_lets_nothing_start(world: MotoWorld) -> None:
    world.register(entry())
    claim = beforehand(world.stop, when=lambda arguments: "/live/" in str(arguments["Key"]))
    interpose(world, "s3", put_object=claim)
    assert (world.start(), world.left_over()) == (Outcome.OVER, [])


def test_a_stop_that_crashes_halfway_is_continued_by_its_retry(study: MotoWorld) -> None:
    interpose(study, "scheduler", delete_schedule=fails(client_error("AccessDeniedException"), times=1))
    with pytest.raises(Exception, match="AccessDenied"):
        study.stop()
    assert (study.stop(), study.left_over()) == (Outcome.OVER, [])


def test_a_stop_that_is_not_permitted_raises_and_keeps_the_session_live(study: MotoWorld) -> None:
    interpose(study, "ecs", stop_task=fails(client_error("AccessDeniedException")))
    with pytest.raises(Exception, match="AccessDenied"):
        study.stop()
    assert study.session()["wanted"] == "stopped"


def test_records_of_other_owners_at_other_names_stay(study: MotoWorld) -> None:
    record = {"Name": "www.example.net", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "203.0.113.1"}]}
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    study.clients.route53.change_resource_record_sets(HostedZoneId=study.zone, ChangeBatch=change)
    study.stop()
    assert study.records() == {("www.example.net", "A", "203.0.113.1")}


def test_a_name_that_was_deleted_by_hand_does_not_block_a_stop(study: MotoWorld) -> None:
    listed = study.clients.route53.list_resource_record_sets(HostedZoneId=study.zone)["ResourceRecordSets"]
    ours = [record for record in listed if record["Name"].startswith("ada.")]
    changes = [{"Action": "DELETE", "ResourceRecordSet": record} for record in ours]
    study.clients.route53.change_resource_record_sets(HostedZoneId=study.zone, ChangeBatch={"Changes": changes})
    assert (study.stop(), study.left_over()) == (Outcome.OVER, [])


def test_a_missing_schedule_and_cluster_do_not_block_a_stop(study: MotoWorld) -> None:
    study.clients.scheduler.delete_schedule(Name=NAME)
    study.clients.ecs.delete_cluster(cluster=NAME)
    assert (study.stop(), study.left_over()) == (Outcome.OVER, [])


# --- a stop before its start ---


def test_a_stop_before_its_start_writes_an_ended_record(world: MotoWorld) -> None:
    world.register(entry())
    world.stop()
    assert (world.ended()["wanted"], world.ended()["launch"], world.ended()["failed"]) == ("stopped", None, False)


def test_a_stop_without_session_id_where_nothing_is_live_leaves_nothing(world: MotoWorld) -> None:
    world.register(entry())
    assert (world.stop(None), world.keys("_sessions/")) == (Outcome.OVER, [])


# --- delayed stops ---


def test_a_delayed_stop_moves_the_schedule_to_an_earlier_time(study: MotoWorld) -> None:
    study.stop(delay=5)
    assert scheduled_for(study) == "at(2026-11-22T12:05:00)"


def test_a_delayed_stop_leaves_the_server_running(study: MotoWorld) -> None:
    assert (study.stop(delay=5), len(study.tasks())) == (Outcome.READY, 1)


def test_a_delayed_stop_past_the_deadline_changes_nothing(study: MotoWorld) -> None:
    study.stop(delay=1440)
    assert scheduled_for(study) == "at(2026-11-22T12:30:00)"


def test_a_second_delayed_stop_never_moves_it_later(study: MotoWorld) -> None:
    study.stop(delay=5)
    study.stop(delay=20)
    assert scheduled_for(study) == "at(2026-11-22T12:05:00)"


def test_a_moved_schedule_keeps_its_message_and_is_deleted_after_it_fires(study: MotoWorld) -> None:
    before = study.schedules()[NAME]["Target"]
    study.stop(delay=5)
    after = study.schedules()[NAME]
    assert (after["Target"], after["ActionAfterCompletion"]) == (before, "DELETE")


def test_the_stop_that_the_moved_schedule_sends_ends_the_session(study: MotoWorld) -> None:
    study.stop(delay=5)
    study.clock.advance(minutes=5)
    assert (study.stop(), study.left_over()) == (Outcome.OVER, [])


def test_a_delayed_stop_of_a_session_without_schedule_is_stored_in_its_record(study: MotoWorld) -> None:
    study.clients.scheduler.delete_schedule(Name=NAME)
    study.stop(delay=5)
    assert study.session()["stopAt"] == "2026-11-22T12:05:00.500000+00:00"


def test_a_delayed_stop_during_the_start_applies_to_the_schedule(world: MotoWorld) -> None:
    world.register(entry())
    interpose(world, "scheduler", create_schedule=beforehand(lambda: world.stop(delay=5)))
    world.start()
    assert scheduled_for(world) == "at(2026-11-22T12:05:00)"


# --- tasks that stopped ---


@pytest.mark.parametrize("code", ["EssentialContainerExited", "UserInitiated", "ServiceSchedulerInitiated"])
def test_a_session_whose_task_stops_ends(study: MotoWorld, code: str) -> None:
    study.task_ends(code)
    assert (study.task_stopped(), study.left_over()) == (Outcome.OVER, [])


def test_an_ended_session_says_why_its_task_stopped(study: MotoWorld) -> None:
    study.task_ends("EssentialContainerExited")
    study.task_stopped()
    assert "EssentialContainerExited" in study.ended()["reason"]


@pytest.mark.parametrize("code", ["SpotInterruption", "TerminationNotice", "InfrastructureHealth"])
def test_a_session_whose_task_aws_stopped_stays_live(study: MotoWorld, code: str) -> None:
    study.task_ends(code)
    assert (study.task_stopped(), study.session()["seen"]["readyAt"]) == (Outcome.STARTING, None)


def test_a_session_whose_task_aws_stopped_is_started_again_immediately(study: MotoWorld) -> None:
    study.task_ends("SpotInterruption")
    study.task_stopped()
    (message,) = study.received("start")
    assert (message["sessionId"], message["userId"], message["projectId"]) == (SESSION, "ada", "study")


def test_a_participant_whose_task_aws_stopped_waits_and_gets_another(world: MotoWorld) -> None:
    world.register(entry())
    world.get()
    world.post()
    session = world.received("start")[0]["sessionId"]
    world.start(session)
    world.get()
    world.task_ends("SpotInterruption", session)
    world.task_stopped(session)
    pages = [world.get(step="2")["page"]]
    world.start(world.received("start")[-1]["sessionId"])
    pages.append(world.get(step="2")["page"])
    assert pages == ["wait", "show_game_page"]


def test_the_end_of_an_earlier_attempt_s_task_changes_nothing(study: MotoWorld) -> None:
    study.task_ends("SpotInterruption")
    study.start()
    assert (study.task_stopped(), len(study.tasks())) == (Outcome.READY, 1)


def test_the_end_of_an_old_session_s_task_does_not_end_the_newer(study: MotoWorld) -> None:
    study.stop()
    study.start(OTHER_SESSION)
    study.task_stopped(SESSION)
    assert (study.session()["sessionId"], len(study.tasks(OTHER_SESSION))) == (OTHER_SESSION, 1)


def test_the_end_of_an_old_session_s_task_leaves_the_newer_s_name(study: MotoWorld) -> None:
    study.stop()
    study.start(OTHER_SESSION)
    before = study.records()
    study.task_stopped(SESSION)
    assert study.records() == before != set()


def test_a_lingering_task_s_cluster_stays_until_its_stopped_event(study: MotoWorld) -> None:
    interpose(study, "ecs", delete_cluster=fails(client_error("ClusterContainsTasksException"), times=1))
    assert (study.stop(), study.session()["wanted"]) == (Outcome.LINGERING, "stopped")


def test_the_end_of_a_lingering_task_finishes_the_session(study: MotoWorld) -> None:
    interpose(study, "ecs", delete_cluster=fails(client_error("ClusterContainsTasksException"), times=1))
    study.stop()
    assert (study.task_stopped(), study.left_over()) == (Outcome.OVER, [])


def test_while_a_task_lingers_its_name_and_schedule_are_gone_already(study: MotoWorld) -> None:
    interpose(study, "ecs", delete_cluster=fails(client_error("ClusterContainsTasksException"), times=1))
    study.stop()
    assert (study.records(), study.schedules()) == (set(), {})


def test_the_end_of_a_task_whose_record_is_gone_clears_its_cluster(study: MotoWorld) -> None:
    study.clients.s3.delete_object(Bucket="projects.example", Key="_sessions/live/ada.json")
    study.task_ends("EssentialContainerExited")
    assert (study.task_stopped(), study.left_over()) == (Outcome.OVER, [])


def task_event(**detail: Any) -> dict[str, Any]:
    environment = [{"name": "HIPPO_USER_ID", "value": "ada"}, {"name": "HIPPO_SESSION_ID", "value": SESSION}]
    overrides = {"containerOverrides": [{"name": "proxy"}, {"name": "server", "environment": environment}]}
    return {
        "detail-type": TASK_STATE_CHANGE,
        "detail": {"lastStatus": "STOPPED", "taskArn": "arn:task", "overrides": overrides} | detail,
    }


def test_a_task_event_names_its_session() -> None:
    found = read_task_stopped(task_event())
    assert found is not None
    assert (found.user_id, found.session_id) == ("ada", SESSION)


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"detail": None},
        {"detail": []},
        task_event(lastStatus="RUNNING"),
        task_event(overrides={}),
        task_event(overrides=None),
        task_event(overrides={"containerOverrides": None}),
        task_event(overrides={"containerOverrides": [{"name": "server", "environment": None}]}),
        task_event(overrides={"containerOverrides": []}),
    ],
)
def test_a_task_event_without_a_session_is_ignored(event: dict[str, Any]) -> None:
    assert read_task_stopped(event) is None


# --- after a rollback ---


def test_a_session_whose_record_a_newer_release_wrote_is_taken_down(study: MotoWorld) -> None:
    record = study.session()
    newer = record | {"colour": "blue", "seen": record["seen"] | {"moonPhase": "full"}}
    study.put("_sessions/live/ada.json", json.dumps(newer))
    assert (study.stop(), study.left_over()) == (Outcome.OVER, [])
