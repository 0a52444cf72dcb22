"""A session comes up: what a start message makes in AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from hippo_gym.runtime import schemas
from hippo_gym.runtime.errors import SessionFailed, Transient
from hippo_gym.sessions.converge import Outcome
from hippo_gym.sessions.messages import Start
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
from tests.unit.handlers.interposed import client_error, fails, interpose

NAME = f"{DEPLOYMENT}-{SESSION}"


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
        "HIPPO_SESSION_TOKEN": study.session()["token"],
        "HIPPO_UPLOAD_TOKEN": study.session()["uploadToken"],
        "HIPPO_IDLE_MINUTES": "10",
    }


def test_a_study_without_idle_time_does_not_name_one_to_the_task(world: MotoWorld) -> None:
    world.register(entry(idleTimeout=None))
    world.start()
    (container,) = world.tasks()[0].overrides["containerOverrides"]
    assert "HIPPO_IDLE_MINUTES" not in {found["name"] for found in container["environment"]}


def test_the_task_gets_the_groups_and_conditions_of_the_message_also_when_it_is_repeated(study: MotoWorld) -> None:
    message = Start("study", "ada", SESSION, study.clock.now(), None, {2: 1, 3: 0}, {"partner": "expert"})
    for _ in range(2):
        study.starting().start(message, study.seconds(300))
    (container,) = study.tasks()[0].overrides["containerOverrides"]
    found = {each["name"]: each["value"] for each in container["environment"]}
    assert (found["HIPPO_GROUP"], found["HIPPO_CONDITIONS"]) == ('{"2":1,"3":0}', '{"partner":"expert"}')
    assert study.session()["launch"]["groups"] == {"2": 1, "3": 0}
    assert schemas.faults(schemas.SESSION_RECORD, study.session()) == ()


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


def test_the_account_and_region_of_moto_are_those_of_this_world(study: MotoWorld) -> None:
    study.start()
    assert study.tasks()[0].task_arn.startswith(f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{NAME}/")


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
