"""Scenarios that together make each function send every kind of AWS call. Each gets a fresh world."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import issue_upload_ticket
import send_start_server_message
import send_stop_server_message
import sweep_sessions
import update_project_master_list
from hippo_gym.runtime.errors import HippoGymError
from hippo_gym.sessions import warm_names
from hippo_gym.sessions.messages import Start
from hippo_gym.sessions.presence import PREFIX, here_key
from tests.support.moto_world import BUCKET, OTHER_SESSION, SESSION, entry, http_event
from tests.terraform.calls import participants
from tests.terraform.calls.recorded import NAME, SHARED_CLUSTER, Recorded
from tests.unit.handlers.entries import Context
from tests.unit.handlers.interposed import beforehand, client_error, fails, interpose
from tests.unit.handlers.studies.test_registration import PAYLOAD

Scenario = Callable[[Recorded], object]
LINGERS = client_error("ClusterContainsTasksException")


def _fails_to_start(world: Recorded, *arguments: Any, **named: Any) -> None:
    with contextlib.suppress(HippoGymError):
        world.start(*arguments, **named)


def _no_capacity(*providers: str) -> Callable[..., Any]:
    def run_task(real: Any, **arguments: Any) -> Any:
        if arguments["capacityProviderStrategy"][0]["capacityProvider"] in providers:
            return {"tasks": [], "failures": [{"reason": "Capacity is unavailable at this time"}]}
        return real(**arguments)

    return run_task


# --- start_server ---


def a_session_starts_and_stops(world: Recorded) -> None:
    world.register(entry())
    world.start()
    world.stop()


def a_start_is_repeated(world: Recorded) -> None:
    world.register(entry())
    world.start()
    world.start()
    world.stop()
    world.start()


def spot_has_no_capacity(world: Recorded) -> None:
    world.register(entry())
    interpose(world, "ecs", run_task=_no_capacity("FARGATE_SPOT"))
    world.start()


def nothing_has_capacity(world: Recorded) -> None:
    world.register(entry())
    interpose(world, "ecs", run_task=_no_capacity("FARGATE", "FARGATE_SPOT"))
    _fails_to_start(world)


def a_container_never_answers(world: Recorded) -> None:
    world.register(entry())
    world.answering = False
    _fails_to_start(world, budget=30)
    world.clock.advance(minutes=16)
    _fails_to_start(world)


def a_task_definition_is_missing(world: Recorded) -> None:
    world.register(entry(ecsTask="missing"))
    _fails_to_start(world)


def another_record_has_the_session_s_name(world: Recorded) -> None:
    world.register(entry())
    record = {"Name": "ada.example.net", "Type": "A", "TTL": 30, "ResourceRecords": [{"Value": "203.0.113.9"}]}
    changes = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    world.clients.route53.change_resource_record_sets(HostedZoneId=world.zone, ChangeBatch=changes)
    _fails_to_start(world)


def a_start_dies_after_creating_the_schedule(world: Recorded) -> None:
    world.register(entry())
    interpose(world, "s3", put_object=fails(RuntimeError("killed"), times=1, when=_of_a_session_with_a_schedule))
    with contextlib.suppress(RuntimeError):
        world.start()
    world.start()


def _of_a_session_with_a_schedule(arguments: Any) -> bool:
    return "_sessions/live/" in arguments["Key"] and json.loads(arguments["Body"])["seen"]["schedule"]


def a_start_for_another_project_ends_the_earlier_session(world: Recorded) -> None:
    world.register(entry(), entry("other"))
    world.start()
    world.clock.advance(seconds=1)
    world.start(OTHER_SESSION, project="other")


def the_deployment_is_full_and_a_failed_start_publishes_the_next(world: Recorded) -> None:
    world.register(entry(), entry("broken", ecsTask="missing"))
    world.max_sessions = 1
    interpose(
        world,
        "ecs",
        describe_task_definition=beforehand(lambda: world.start(OTHER_SESSION, user="ben")),
    )
    _fails_to_start(world, project="broken")


def a_session_ends_while_start_server_runs(world: Recorded) -> None:
    world.register(entry())
    interpose(world, "ecs", run_task=beforehand(lambda: world.stop()))
    _fails_to_start(world)


def a_lost_server_is_started_again(world: Recorded) -> None:
    world.register(entry())
    world.start()
    world.task_ends("SpotInterruption")
    world.task_stopped()
    world.start()


def sessions_share_a_cluster(world: Recorded) -> None:
    world.shared_cluster = SHARED_CLUSTER
    world.clients.ecs.create_cluster(clusterName=SHARED_CLUSTER)
    world.register(entry())
    world.start()
    world.start(OTHER_SESSION, user="ben")
    world.sweep()
    world.stop()
    world.task_ends("EssentialContainerExited", "shared")
    world.task_stopped()
    world.clients.s3.delete_object(Bucket=BUCKET, Key="_sessions/live/ben.json")
    world.sweep_twice()


# --- stop_server ---


def a_stop_comes_later(world: Recorded) -> None:
    world.register(entry())
    world.start()
    world.stop(delay=5)


def a_stop_comes_before_its_start(world: Recorded) -> None:
    world.register(entry())
    world.stop()
    world.stop()
    world.start()


def a_stop_without_a_session(world: Recorded) -> None:
    world.register(entry())
    world.stop(None)


def a_stop_during_a_start(world: Recorded) -> None:
    world.register(entry())
    world.addresses = False
    _fails_to_start(world, budget=20)
    world.stop()


def a_task_lingers(world: Recorded) -> None:
    world.register(entry())
    world.start()
    interpose(world, "ecs", delete_cluster=fails(LINGERS, times=1))
    world.stop()
    world.task_stopped()


def a_task_ends(world: Recorded) -> None:
    world.register(entry())
    world.start()
    world.task_ends("EssentialContainerExited")
    world.task_stopped()


def a_task_without_a_record_ends(world: Recorded) -> None:
    world.register(entry())
    world.start()
    world.clients.s3.delete_object(Bucket=BUCKET, Key="_sessions/live/ada.json")
    world.task_stopped()


def a_warm_server_is_taken(world: Recorded) -> None:
    warm = _waiting_warm_server(world)
    world.start()
    assert world.session()["seen"]["warm"]["userId"] == warm.user_id
    world.stop()


def a_warm_server_makes_room(world: Recorded) -> None:
    world.max_sessions = 1
    _waiting_warm_server(world)
    world.register(entry(), entry("other"))
    world.start(project="other")


def _waiting_warm_server(world: Recorded) -> Start:
    world.register(entry(warm=1, takesParticipant=True))
    warm = warm_names.start("study", world.clock.now(), "0f3c5d7e9a1b2c4d6e")
    world.start(warm.session_id, user=warm.user_id)
    return warm


# --- sweep_sessions ---


def a_sweep_asks_for_a_warm_server(world: Recorded) -> None:
    world.register(entry(warm=1, takesParticipant=True))
    world.sweep()
    world.clock.advance(minutes=40)
    world.sweep()


def a_sweep_corrects_the_list_of_warm_servers(world: Recorded) -> None:
    warm = _waiting_warm_server(world)
    world.clients.s3.delete_object(Bucket=BUCKET, Key=f"_sessions/warm/{warm.user_id}")
    world.sweep()
    world.put("_sessions/warm/hippo-warm-gone", "{}")
    world.clock.advance(days=365 * 10)  # moto's time of an object is the machine's
    world.sweep()


def a_sweep_finds_nothing(world: Recorded) -> None:
    with world.recorder.by("sweep_sessions"):
        sweep_sessions.lambda_handler({}, Context())


def a_sweep_finds_leftovers_of_every_kind(world: Recorded) -> None:
    world.register(entry())
    world.start()
    world.clients.s3.delete_object(Bucket=BUCKET, Key="_sessions/live/ada.json")
    world.clients.ecs.create_cluster(clusterName=f"{NAME}-{OTHER_SESSION}")
    world.sweep_twice()


def a_sweep_ends_an_overdue_session(world: Recorded) -> None:
    world.register(entry())
    world.start()
    world.clock.advance(minutes=31)
    world.sweep()


def a_sweep_finishes_a_stop_that_died(world: Recorded) -> None:
    world.register(entry())
    world.start()
    interpose(world, "s3", delete_object=fails(RuntimeError("killed"), times=1))
    with contextlib.suppress(RuntimeError):
        world.stop()
    world.sweep()


def a_sweep_restarts_an_abandoned_start(world: Recorded) -> None:
    world.put_session()
    world.clock.advance(seconds=91)
    world.sweep()


def a_sweep_removes_what_is_older_than_the_retention(world: Recorded) -> None:
    world.register(
        entry(retainDays=30, mostParticipants=5, start=None, stop=None, steps={"1": "a.html", "2": "b.html"})
    )
    world.get()
    world.post()
    world.put("study/Trials/ada/1.jsonl", "moves")
    world.put("study/Trials/eve/1.jsonl", "moves of a participant without a record")
    world.put("_sessions/ended/study/2026-11-22/1.json", json.dumps({"userId": "eve", "projectId": "study"}))
    world.clock.advance(days=4000)
    for _ in range(6):
        world.retain()
    left = world.clients.s3.list_object_versions(Bucket=BUCKET)
    keys = {each["Key"] for each in (*left["Versions"], *left.get("DeleteMarkers", []))}
    assert not [key for key in keys if "/Users/" in key or "/Trials/" in key or "/ended/" in key]


def a_sweep_of_a_lost_server(world: Recorded) -> None:
    world.register(entry())
    world.start()
    world.task_ends("SpotInterruption")
    world.sweep()


def a_sweep_corrects_the_places(world: Recorded) -> None:
    world.register(entry())
    world.max_sessions = 1
    world.start()
    world.clock.advance(seconds=1)
    _fails_to_start(world, OTHER_SESSION, user="ben")
    world.clients.s3.delete_object(Bucket=BUCKET, Key="_sessions/live/ada.json")
    world.sweep_twice()
    world.clock.advance(minutes=5)
    world.sweep()


def a_sweep_removes_an_old_heartbeat(world: Recorded) -> None:
    world.put(here_key(SESSION), "{}")
    world.clock.advance(days=365 * 10)  # moto's time of an object is the machine's
    world.sweep()
    assert world.keys(PREFIX) == []


def a_dry_run(world: Recorded) -> None:
    world.register(entry())
    world.start()
    world.sweep(dry_run=True)


# --- the others ---


def servers_are_started_and_stopped_by_hand(world: Recorded) -> None:
    for file, name in ((send_start_server_message, "start"), (send_stop_server_message, "stop")):
        with world.recorder.by(f"send_{name}_server_message"):
            body = json.dumps({"projectId": "study", "userId": "ada"})
            file.lambda_handler(http_event("POST", None, body), Context())


def a_study_is_registered(world: Recorded) -> None:
    with world.recorder.by("update_project_master_list"):
        update_project_master_list.lambda_handler(PAYLOAD, Context())
        update_project_master_list.lambda_handler(PAYLOAD | {"ecsTask": PAYLOAD["id"]}, Context())


def a_study_gets_a_limit(world: Recorded) -> None:
    world.put("study_one-2/Users/ada", "{}")
    with world.recorder.by("update_project_master_list"):
        for _ in range(2):
            update_project_master_list.lambda_handler(PAYLOAD | {"mostParticipants": 3}, Context())


# --- issue_upload_ticket ---


def a_container_stores_with_a_ticket(world: Recorded) -> None:
    """Send what a ticket allows: S3 evaluates it with the permissions of the function that signed it."""
    world.register(entry())
    world.start()
    trials, key = "study/Trials/ada", f"study/Trials/ada/{SESSION}/a.jsonl"
    with world.recorder.by("issue_upload_ticket"):
        body = {"projectId": "study", "userId": "ada", "sessionId": SESSION, "token": world.session()["uploadToken"]}
        answer = issue_upload_ticket.lambda_handler(http_event("POST", None, json.dumps(body)), Context())
        assert json.loads(answer["body"])["upload"]["prefix"] == f"{trials}/{SESSION}/"
        issue_upload_ticket.lambda_handler(http_event("POST", None, json.dumps({**body, "userId": "ben"})), Context())
        with contextlib.suppress(world.clients.s3.exceptions.NoSuchKey):
            world.clients.s3.get_object(Bucket=BUCKET, Key=f"{trials}/progress.json")
        for stored in (key, f"{trials}/progress.json"):
            world.clients.s3.put_object(Bucket=BUCKET, Key=stored, Body=b"{}")
        world.clients.s3.get_object(Bucket=BUCKET, Key=f"{trials}/progress.json")


SCENARIOS: tuple[Scenario, ...] = tuple(
    found
    for name, found in [*vars(participants).items(), *globals().items()]
    if callable(found)
    and getattr(found, "__module__", "") in (__name__, participants.__name__)
    and not name.startswith("_")
)
