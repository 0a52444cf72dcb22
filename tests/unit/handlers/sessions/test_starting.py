"""A session comes up: what a start message makes in AWS."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from hippo_gym.runtime import schemas
from hippo_gym.runtime.errors import SessionFailed, Transient
from hippo_gym.sessions.converge import Outcome
from hippo_gym.sessions.messages import Start
from hippo_gym.studies.projects import MASTER_LIST_KEY, MasterListInvalid, UnknownProject
from tests.support.moto_world import (
    ACCOUNT,
    DEPLOYMENT,
    NOON,
    OTHER_SESSION,
    REGION,
    ROLE,
    SESSION,
    MotoWorld,
    entry,
)
from tests.unit.handlers.interposed import beforehand, client_error, counted, fails, interpose

NAME = f"{DEPLOYMENT}-{SESSION}"
NO_CAPACITY = {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time.", "detail": "try later"}]}


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    world.register(entry())
    return world


def refuse(*providers: str) -> Any:
    """Make RunTask refuse, as Fargate does without capacity: HTTP 200 with `failures`."""

    def run_task(real: Any, **arguments: Any) -> Any:
        if arguments["capacityProviderStrategy"][0]["capacityProvider"] in providers:
            return NO_CAPACITY
        return real(**arguments)

    return run_task


# --- a session comes up ---


def test_a_start_ends_ready(study: MotoWorld) -> None:
    assert study.start() is Outcome.READY


def test_a_started_session_has_one_task(study: MotoWorld) -> None:
    study.start()
    assert len(study.tasks()) == 1


def test_a_started_session_has_its_own_cluster(study: MotoWorld) -> None:
    study.start()
    assert study.clusters() == [NAME]


def test_a_started_session_has_a_name_and_a_record_of_its_owner(study: MotoWorld) -> None:
    study.start()
    address = study.session()["seen"]["publicIp"]
    assert study.records() == {
        ("ada.example.net", "A", address),
        ("ada.example.net", "TXT", f'"hippo-gym deployment={DEPLOYMENT} session={SESSION}"'),
    }


def test_a_started_session_has_a_schedule_that_stops_it(study: MotoWorld) -> None:
    study.start()
    schedule = study.schedules()[NAME]
    assert (schedule["ScheduleExpression"], schedule["ActionAfterCompletion"]) == ("at(2026-11-22T12:30:00)", "DELETE")


def test_the_schedule_sends_a_valid_stop_message_to_the_stop_topic(study: MotoWorld) -> None:
    study.start()
    target = study.schedules()[NAME]["Target"]
    message = json.loads(target["Input"])
    assert (target["Arn"], target["RoleArn"]) == (study.topics["stop"], ROLE)
    assert (schemas.faults(schemas.STOP_MESSAGE, message), message["sessionId"]) == ((), SESSION)


@pytest.mark.parametrize(("minutes", "until"), [(5, "12:05"), (60, "13:00"), (600, "13:00"), (None, "13:00")])
def test_a_session_runs_for_its_project_s_minutes_and_at_most_the_deployment_s(
    world: MotoWorld, minutes: int | None, until: str
) -> None:
    world.register(entry(maxRuntime=minutes))
    world.start()
    assert world.schedules()[NAME]["ScheduleExpression"] == f"at(2026-11-22T{until}:00)"


def test_the_task_gets_the_ids_of_its_session(study: MotoWorld) -> None:
    study.start()
    (container,) = study.tasks()[0].overrides["containerOverrides"]
    assert {found["name"]: found["value"] for found in container["environment"]} == {
        "HIPPO_PROJECT_ID": "study",
        "HIPPO_USER_ID": "ada",
        "HIPPO_SESSION_ID": SESSION,
        "HIPPO_BUCKET": "projects.example",
        "HIPPO_DEADLINE": "2026-11-22T12:30:00+00:00",
    }


def test_the_task_is_marked_with_its_session(study: MotoWorld) -> None:
    study.start()
    assert study.tasks()[0].started_by == SESSION


def test_a_record_obeys_its_schema_while_live_and_when_ended(study: MotoWorld) -> None:
    study.start()
    live = schemas.faults(schemas.SESSION_RECORD, study.session())
    study.stop()
    assert (live, schemas.faults(schemas.SESSION_RECORD, study.ended())) == ((), ())


def test_a_session_is_ready_within_two_seconds_of_its_container_s_first_answer(study: MotoWorld) -> None:
    study.answering = False
    answered_at = NOON.replace(minute=1)

    def answer_later() -> None:
        study.answering = study.clock.now() >= answered_at

    study.clock.while_asleep.append(answer_later)
    study.start()
    assert (study.clock.now() - answered_at).total_seconds() <= 2


def test_no_name_is_ready_before_route_53_says_insync(study: MotoWorld) -> None:
    asked: list[int] = []

    def pending(real: Any, **arguments: Any) -> Any:
        asked.append(1)
        status = "PENDING" if len(asked) < 5 else "INSYNC"
        return {"ChangeInfo": {"Id": arguments["Id"], "Status": status, "SubmittedAt": NOON}}

    interpose(study, "route53", get_change=pending)
    study.start()
    assert (study.clock.now() - NOON).total_seconds() >= 4


def test_a_start_that_runs_out_of_time_is_continued_by_its_retry(study: MotoWorld) -> None:
    study.addresses = False
    with pytest.raises(Transient):
        study.start(budget=20)
    study.addresses = True
    assert (study.start(), len(study.tasks()), study.clusters()) == (Outcome.READY, 1, [NAME])


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("scheduler", "create_schedule"),
        ("ecs", "create_cluster"),
        ("ecs", "describe_task_definition"),
        ("ecs", "run_task"),
        ("ecs", "describe_tasks"),
        ("ec2", "describe_network_interfaces"),
        ("route53", "change_resource_record_sets"),
        ("route53", "get_change"),
    ],
)
def test_a_call_that_is_throttled_twice_is_retried(study: MotoWorld, service: str, operation: str) -> None:
    interpose(study, service, **{operation: fails(client_error("ThrottlingException"), times=2)})
    assert (study.start(), len(study.tasks()), len(study.records())) == (Outcome.READY, 1, 2)


@pytest.mark.parametrize(
    "error",
    [
        client_error("InvalidParameterException", "Rate exceeded: throttled"),
        client_error("ServerException", status=500),
        client_error("InvalidParameterException", "Unable to assume the service linked role."),
        client_error("ClientException", "Cluster was not ACTIVE."),
        client_error("UpdateInProgressException"),
        EndpointConnectionError(endpoint_url="https://ecs.example"),
    ],
    ids=[
        "throttled in words",
        "server error",
        "first use of ECS",
        "new cluster",
        "update in progress",
        "no connection",
    ],
)
def test_a_transient_error_is_retried(study: MotoWorld, error: Exception) -> None:
    interpose(study, "ecs", run_task=fails(error, times=2))
    assert (study.start(), len(study.tasks())) == (Outcome.READY, 1)


# --- repeated and late messages ---


def test_a_repeated_start_changes_nothing(study: MotoWorld) -> None:
    study.start()
    before = (study.session(), study.records(), study.tasks())
    assert (study.start(), (study.session(), study.records(), study.tasks())) == (Outcome.READY, before)


def test_a_newer_start_for_the_same_project_uses_the_live_session(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=5)
    assert (study.start(OTHER_SESSION), study.session()["sessionId"], study.clusters()) == (
        Outcome.READY,
        SESSION,
        [NAME],
    )


def test_a_late_start_of_an_ended_session_makes_nothing(study: MotoWorld) -> None:
    study.start()
    study.stop()
    assert (study.start(), study.left_over()) == (Outcome.OVER, [])


def test_a_start_after_its_stop_makes_nothing(study: MotoWorld) -> None:
    study.stop()
    assert (study.start(), study.left_over(), study.tasks()) == (Outcome.OVER, [], [])


def test_a_start_for_another_project_ends_the_earlier_session_first(study: MotoWorld) -> None:
    study.register(entry(), entry("other"))
    study.start()
    study.clock.advance(seconds=5)
    study.start(OTHER_SESSION, project="other")
    assert study.clusters() == [f"{DEPLOYMENT}-{OTHER_SESSION}"]
    assert (study.ended()["wanted"], study.session()["projectId"], len(study.tasks())) == ("stopped", "other", 0)


def test_a_start_for_another_project_waits_for_a_task_that_lingers(study: MotoWorld) -> None:
    study.register(entry(), entry("other"))
    study.start()
    study.clock.advance(seconds=5)
    interpose(study, "ecs", delete_cluster=fails(client_error("ClusterContainsTasksException"), times=20))
    study.start(OTHER_SESSION, project="other")
    assert study.clusters() == [f"{DEPLOYMENT}-{OTHER_SESSION}"]


def test_an_older_start_for_another_project_changes_nothing(study: MotoWorld) -> None:
    study.register(entry(), entry("other"))
    late = Start("other", "ada", OTHER_SESSION, study.clock.now())
    study.clock.advance(seconds=5)
    study.start()
    assert study.starting().start(late, study.seconds(300)) is Outcome.OVER
    assert (study.session()["sessionId"], study.clusters()) == (SESSION, [NAME])


def test_two_participants_have_a_session_each(study: MotoWorld) -> None:
    study.start()
    study.start(OTHER_SESSION, user="ben")
    assert sorted(name for name, kind, _ in study.records() if kind == "A") == ["ada.example.net", "ben.example.net"]


# --- while the master list is broken ---


@pytest.fixture
def on_its_way(study: MotoWorld) -> MotoWorld:
    """A starting session whose start message will be delivered again, and a broken master list."""
    study.answering = False
    with pytest.raises(Transient):
        study.start(budget=20)
    study.put(MASTER_LIST_KEY, "{")
    return study


def test_a_broken_list_does_not_prevent_a_live_session_from_coming_up(on_its_way: MotoWorld) -> None:
    on_its_way.answering = True
    assert (on_its_way.start(), len(on_its_way.tasks())) == (Outcome.READY, 1)


def test_a_broken_list_writes_no_ended_record_of_a_starting_session(on_its_way: MotoWorld) -> None:
    with pytest.raises(Transient):
        on_its_way.start(budget=20)
    assert on_its_way.keys("_sessions/ended/") == []


def test_a_start_that_uses_a_live_session_needs_no_list(study: MotoWorld) -> None:
    study.start()
    study.put(MASTER_LIST_KEY, "{")
    assert (study.start(OTHER_SESSION), study.session()["sessionId"]) == (Outcome.READY, SESSION)


def test_a_start_for_a_project_that_is_not_in_the_list_ends_no_other_session(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=5)
    with pytest.raises(UnknownProject):
        study.start(OTHER_SESSION, project="other")
    assert (study.session()["wanted"], study.ended(OTHER_SESSION, "other")["failed"]) == ("running", True)


def test_the_retry_of_a_start_that_the_list_refused_does_not_raise(study: MotoWorld) -> None:
    study.put(MASTER_LIST_KEY, "{")
    with pytest.raises(MasterListInvalid):
        study.start()
    assert study.start() is Outcome.OVER


# --- live, with an ended record ---


def test_a_claim_that_could_not_read_the_ended_record_is_taken_down_by_its_retry(study: MotoWorld) -> None:
    """The stop comes between read and claim, and S3 fails when the claim reads the ended record."""

    def claims(asked: Any) -> bool:
        return "/live/" in asked["Key"]

    def looks_once_claimed(asked: Any) -> bool:
        return "/ended/" in asked["Key"] and study.keys("_sessions/live/") != []

    down = fails(client_error("SlowDown", status=503), times=1, when=looks_once_claimed)
    interpose(study, "s3", put_object=beforehand(study.stop, when=claims), get_object=down)
    with pytest.raises(ClientError):
        study.start()
    assert (study.start(), study.left_over()) == (Outcome.OVER, [])


def test_a_live_session_with_an_ended_record_is_taken_down(study: MotoWorld) -> None:
    study.start()
    marked = study.session() | {"wanted": "stopped", "reason": "time is up"}
    study.put(f"_sessions/ended/study/2026-11-22/{SESSION}.json", json.dumps(marked))
    assert (study.start(), study.left_over(), study.tasks()) == (Outcome.OVER, [], [])


# --- other writers of the same key ---


def test_a_claim_during_another_write_is_retried_after_a_pause(study: MotoWorld) -> None:
    busy = fails(client_error("ConditionalRequestConflict", status=409), times=3)
    interpose(study, "s3", put_object=busy)
    slept: list[datetime] = []
    study.clock.while_asleep.insert(0, lambda: slept.append(study.clock.now()))
    assert (study.start(), slept[2] >= NOON + timedelta(seconds=3)) == (Outcome.READY, True)


def test_a_claim_during_endless_other_writes_is_left_to_a_retry(study: MotoWorld) -> None:
    interpose(study, "s3", put_object=fails(client_error("ConditionalRequestConflict", status=409)))
    with pytest.raises(Transient):
        study.start()


# --- capacity ---


def test_spot_out_of_capacity_falls_back_to_on_demand(study: MotoWorld) -> None:
    interpose(study, "ecs", run_task=refuse("FARGATE_SPOT"))
    study.start()
    assert [task.capacity_provider_name for task in study.tasks()] == ["FARGATE"]


def test_the_first_attempt_uses_spot(study: MotoWorld) -> None:
    study.start()
    assert [task.capacity_provider_name for task in study.tasks()] == ["FARGATE_SPOT"]


def test_each_attempt_has_its_own_token(study: MotoWorld) -> None:
    tokens: list[str] = []

    def run_task(real: Any, **arguments: Any) -> Any:
        tokens.append(arguments["clientToken"])
        return refuse("FARGATE_SPOT")(real, **arguments)

    interpose(study, "ecs", run_task=run_task)
    study.start()
    assert (tokens, max(map(len, tokens)) <= 64) == ([f"{SESSION}-1", f"{SESSION}-2"], True)


def test_a_task_that_the_token_has_started_already_is_adopted(study: MotoWorld) -> None:
    def run_and_conflict(real: Any, **arguments: Any) -> Any:
        arn = real(**arguments)["tasks"][0]["taskArn"]
        raise client_error("ConflictException", resourceIds=[arn])

    interpose(study, "ecs", run_task=run_and_conflict)
    assert (study.start(), len(study.tasks())) == (Outcome.READY, 1)


def test_a_task_that_stops_while_starting_is_followed_by_another(study: MotoWorld) -> None:
    study.answering = False

    def stop_the_first() -> None:
        if len(study.tasks_ever(SESSION)) == 1:
            study.task_ends("TaskFailedToStart")
            study.answering = True

    study.clock.while_asleep.append(stop_the_first)
    assert (study.start(), len(study.tasks())) == (Outcome.READY, 1)


@pytest.mark.parametrize("capacity", ["spot", "on-demand", "spot-then-on-demand"])
def test_with_no_capacity_at_all_nothing_is_left_and_the_record_says_why(world: MotoWorld, capacity: str) -> None:
    world.register(entry(capacity=capacity))
    interpose(world, "ecs", run_task=refuse("FARGATE", "FARGATE_SPOT"))
    with pytest.raises(SessionFailed):
        world.start()
    ended = world.ended()
    assert (world.left_over(), ended["failed"], "Capacity is unavailable" in ended["reason"]) == ([], True, True)


def test_a_container_that_never_answers_fails_and_leaves_nothing(study: MotoWorld) -> None:
    study.answering = False
    with pytest.raises(SessionFailed, match="not ready within 15 minutes"):
        study.start(budget=10_000)
    assert (study.left_over(), study.tasks()) == ([], [])


def test_the_retry_of_a_failed_start_neither_starts_nor_raises(study: MotoWorld) -> None:
    interpose(study, "ecs", run_task=refuse("FARGATE", "FARGATE_SPOT"))
    with pytest.raises(SessionFailed):
        study.start()
    with counted("ecs", "route53") as calls:
        assert study.start() is Outcome.OVER
    assert (calls, study.left_over()) == ({}, [])


def test_the_retry_of_a_failed_start_does_not_raise_while_its_task_lingers(study: MotoWorld) -> None:
    lingers = fails(client_error("ClusterContainsTasksException"), times=1)
    interpose(study, "ecs", run_task=refuse("FARGATE", "FARGATE_SPOT"), delete_cluster=lingers)
    with pytest.raises(SessionFailed):
        study.start()
    assert (study.start(), study.left_over(), study.ended()["failed"]) == (Outcome.OVER, [], True)


def test_a_missing_task_definition_fails_with_its_name_and_leaves_nothing(world: MotoWorld) -> None:
    world.register(entry(ecsTask="unregistered"))
    with pytest.raises(SessionFailed, match="'unregistered'"):
        world.start()
    assert (world.left_over(), world.ended()["failed"]) == ([], True)


def test_a_call_that_is_not_permitted_fails_and_leaves_nothing(study: MotoWorld) -> None:
    interpose(study, "ecs", run_task=fails(client_error("AccessDeniedException", "no PassRole", status=403)))
    with pytest.raises(SessionFailed, match="no PassRole"):
        study.start()
    assert study.left_over() == []


# --- the DNS name ---


def put_record_of_another_owner(world: MotoWorld, kind: str, value: str) -> None:
    record = {"Name": "www.example.net", "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    world.clients.route53.change_resource_record_sets(HostedZoneId=world.zone, ChangeBatch=change)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("A", "203.0.113.1"),
        ("CNAME", "somewhere.example"),
        ("TXT", '"v=spf1 -all"'),
        ("TXT", f'"hippo-gym deployment=another session={SESSION}"'),
    ],
)
def test_a_name_of_another_owner_is_refused_and_not_changed(study: MotoWorld, kind: str, value: str) -> None:
    put_record_of_another_owner(study, kind, value)
    with pytest.raises(SessionFailed, match="belongs to"):
        study.start(user="www")
    assert (study.records(), study.clusters()) == ({("www.example.net", kind, value)}, [])


def test_a_name_with_the_prefix_of_another_is_a_different_name(study: MotoWorld) -> None:
    put_record_of_another_owner(study, "A", "203.0.113.1")
    assert study.start(user="ww") is Outcome.READY


def test_records_of_the_participant_s_earlier_session_are_replaced(study: MotoWorld) -> None:
    study.start()
    study.clients.s3.delete_object(Bucket="projects.example", Key="_sessions/live/ada.json")
    study.start(OTHER_SESSION)
    assert f'"hippo-gym deployment={DEPLOYMENT} session={OTHER_SESSION}"' in {value for _, _, value in study.records()}


# --- a task that AWS stops ---


def test_a_task_lost_to_a_spot_interruption_is_followed_by_one_on_demand(study: MotoWorld) -> None:
    study.start()
    study.task_ends("SpotInterruption")
    study.task_stopped()
    assert (study.start(), [task.capacity_provider_name for task in study.tasks()]) == (Outcome.READY, ["FARGATE"])


def test_a_task_on_demand_whose_host_failed_is_followed_by_another(world: MotoWorld) -> None:
    world.register(entry(capacity="on-demand"))
    world.start()
    world.task_ends("InfrastructureHealth")
    world.task_stopped()
    assert (world.start(), [task.capacity_provider_name for task in world.tasks()]) == (Outcome.READY, ["FARGATE"])


def test_a_new_task_with_the_old_task_s_address_becomes_ready(study: MotoWorld) -> None:
    study.start()
    same = study.session()["seen"]["publicIp"]

    def describe(_: Any, **__: Any) -> Any:
        return {"NetworkInterfaces": [{"Association": {"PublicIp": same}}]}

    study.task_ends("SpotInterruption")
    interpose(study, "ec2", describe_network_interfaces=describe)
    study.clock.while_asleep.clear()
    assert study.start() is Outcome.READY


def test_the_account_and_region_of_moto_are_those_of_this_world(study: MotoWorld) -> None:
    study.start()
    assert study.tasks()[0].task_arn.startswith(f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{NAME}/")


def test_no_task_is_run_after_a_stop_during_a_pause(world: MotoWorld) -> None:
    world.register(entry(capacity="on-demand"))
    asked: list[str] = []

    def refuse_it(_: Any, **arguments: Any) -> Any:
        asked.append(arguments["clientToken"])
        return {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time."}]}

    def stop_it() -> None:
        world.clock.while_asleep.clear()
        world.stop()

    interpose(world, "ecs", run_task=refuse_it)
    world.clock.while_asleep.append(stop_it)
    assert (world.start(), asked, world.left_over()) == (Outcome.OVER, [f"{SESSION}-1"], [])
