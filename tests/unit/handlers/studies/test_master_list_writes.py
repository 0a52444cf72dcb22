"""Writes of the master list never lose an entry and never overwrite an unreadable list."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import update_project_master_list
from hippo_gym.runtime import aws_clients, schemas
from hippo_gym.runtime.errors import Transient
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies import registration
from hippo_gym.studies.projects import MASTER_LIST_KEY
from tests.support.moto_world import BUCKET, NOON, MotoWorld, entry, versions
from tests.unit.handlers.entries import Context
from tests.unit.handlers.interposed import Interposed, client_error, fails
from tests.unit.handlers.studies.test_registration import PAYLOAD


def call(event: Any) -> dict[str, Any]:
    return update_project_master_list.lambda_handler(event, Context())


def listed(world: MotoWorld) -> list[Any]:
    projects: list[Any] = world.json(MASTER_LIST_KEY)["projects"]
    return projects


def one_at_a_time(world: MotoWorld) -> Bucket:
    """Make a bucket with atomic conditional writes, as in S3; moto's are not, with threads."""
    lock = threading.Lock()

    def put(real: Callable[..., Any], **arguments: Any) -> Any:
        with lock:
            return real(**arguments)

    return Bucket(Interposed(world.clients.s3, put_object=put), BUCKET)  # type: ignore[arg-type]


# --- through the entry file ---


def test_a_missing_list_is_made(environment: MotoWorld) -> None:
    call(PAYLOAD)
    assert [found["id"] for found in listed(environment)] == ["study_one-2"]


def test_a_written_list_is_valid(environment: MotoWorld) -> None:
    call(PAYLOAD)
    assert schemas.faults("urn:hippo-gym:master-list", environment.json(MASTER_LIST_KEY)) == ()


def test_success_is_answered_200_with_an_empty_body(environment: MotoWorld) -> None:
    environment.register_task_definition("study_one-2", {"hippo-gym:deployment": "HIPPO_Gym"})
    assert call(PAYLOAD) == {"statusCode": 200, "body": ""}


def test_the_answer_holds_one_warning_per_line(environment: MotoWorld) -> None:
    environment.register_task_definition("study_one-2", {"hippo-gym:deployment": "HIPPO_Gym"})
    answered = call(PAYLOAD | {"live": None, "events": {"startServerStep": None, "stopServerStep": 4}})
    assert answered == {
        "statusCode": 200,
        "body": "Warning: startServerStep is set to None\n"
        "Warning: live is set to None: the study admits new participants",
    }


def test_another_bucket_than_the_deployments_is_a_warning_that_names_both(environment: MotoWorld) -> None:
    answered = call(PAYLOAD | {"bucket": "old.example"})
    assert answered["statusCode"] == 200
    assert ("'old.example'" in answered["body"], repr(BUCKET) in answered["body"]) == (True, True)


def test_faults_are_answered_400_one_per_line(environment: MotoWorld) -> None:
    answered = call(PAYLOAD | {"id": "", "maxRuntime": 0})
    assert (answered["statusCode"], len(answered["body"].splitlines())) == (400, 2)


@pytest.mark.parametrize(
    ("changes", "path"), [({"name": "x\udc00"}, "name"), ({"id": "\udc00"}, "id"), ({"x\udc00": 1}, "x\\udc00")]
)
def test_a_lone_surrogate_is_answered_400_with_its_key(
    environment: MotoWorld, changes: dict[str, Any], path: str
) -> None:
    answered = call(PAYLOAD | changes)
    assert (answered["statusCode"], answered["body"].partition(":")[0]) == (400, path)
    answered["body"].encode("utf-8")


def test_faults_write_nothing(environment: MotoWorld) -> None:
    call(PAYLOAD | {"id": ""})
    assert environment.keys() == []


@pytest.mark.parametrize("event", [{}, {"id": None}, {"steps": None, "events": None}, None, [], "study", 7])
def test_an_event_that_is_not_a_project_is_answered_400(environment: MotoWorld, event: Any) -> None:
    assert call(event)["statusCode"] == 400


def test_a_second_update_replaces_the_entry_in_its_place(environment: MotoWorld) -> None:
    environment.register(entry("first"), entry("study_one-2"), entry("last"))
    call(PAYLOAD)
    assert [(found["id"], found["name"]) for found in listed(environment)] == [
        ("first", "A study"),
        ("study_one-2", "Study one"),
        ("last", "A study"),
    ]


@pytest.mark.parametrize(
    "broken",
    [b'{"projects": [', b"", b"\xff\xfe\x00", b"[]", b'{"projects": {}}', b'{"projects": [{"name": "no id"}]}'],
)
def test_an_unreadable_list_is_not_changed(environment: MotoWorld, broken: bytes) -> None:
    environment.put(MASTER_LIST_KEY, broken)
    answered = call(PAYLOAD)
    assert (answered["statusCode"], list(versions(environment, MASTER_LIST_KEY))) == (400, [broken])


def test_the_answer_says_where_a_list_is_not_json(environment: MotoWorld) -> None:
    environment.put(MASTER_LIST_KEY, '{"projects": [,]}')
    assert "line 1, column 15" in call(PAYLOAD)["body"]


@pytest.mark.parametrize("other", [{"id": "old", "nonsense": True}, {"id": "old", "steps": None}, {"id": ""}])
def test_other_entries_are_kept_even_if_broken(environment: MotoWorld, other: dict[str, Any]) -> None:
    environment.put(MASTER_LIST_KEY, json.dumps({"projects": [other]}))
    call(PAYLOAD)
    assert listed(environment)[0] == other


def test_an_entry_of_the_old_system_stays_valid(environment: MotoWorld) -> None:
    old = entry("old", team_members=None, live=None, bucket=None)
    environment.put(MASTER_LIST_KEY, json.dumps({"projects": [old]}))
    call(PAYLOAD)
    assert schemas.faults("urn:hippo-gym:master-list", environment.json(MASTER_LIST_KEY)) == ()


def test_letters_outside_ascii_are_kept(environment: MotoWorld) -> None:
    call(PAYLOAD | {"name": "Étude 研究 🤖"})
    assert listed(environment)[0]["name"] == "Étude 研究 🤖"


# --- several writers ---


@pytest.mark.parametrize("writers", [2, 20])
def test_the_list_gets_the_entries_of_all_simultaneous_writers(world: MotoWorld, writers: int) -> None:
    bucket = one_at_a_time(world)
    with ThreadPoolExecutor(writers) as pool:
        for done in [
            pool.submit(registration.register, bucket, world.clock, entry(f"study-{number}"), None, world.seconds(600))
            for number in range(writers)
        ]:
            done.result()
    assert sorted(found["id"] for found in listed(world)) == sorted(f"study-{number}" for number in range(writers))


def test_simultaneous_writers_of_one_project_leave_one_entry(world: MotoWorld) -> None:
    bucket = one_at_a_time(world)
    with ThreadPoolExecutor(4) as pool:
        for done in [
            pool.submit(registration.register, bucket, world.clock, entry(name=str(number))) for number in range(4)
        ]:
            done.result()
    assert [found["id"] for found in listed(world)] == ["study"]


@pytest.mark.parametrize("code", ["PreconditionFailed", "ConditionalRequestConflict"])
def test_a_lost_race_is_retried(world: MotoWorld, code: str) -> None:
    random.seed(20261122)
    world.register(entry("first"))
    losing = Interposed(world.clients.s3, put_object=fails(client_error(code, status=412), times=10))
    registration.register(Bucket(losing, BUCKET), world.clock, entry("second"))  # type: ignore[arg-type]
    assert [found["id"] for found in listed(world)] == ["first", "second"]


def test_a_race_that_is_always_lost_writes_nothing_and_raises(world: MotoWorld) -> None:
    world.register(entry("first"))
    losing = Interposed(world.clients.s3, put_object=fails(client_error("PreconditionFailed", status=412)))
    with pytest.raises(Transient, match="nothing was written"):
        registration.register(Bucket(losing, BUCKET), world.clock, entry("second"))  # type: ignore[arg-type]
    assert [found["id"] for found in listed(world)] == ["first"]


def test_a_race_that_is_always_lost_ends_with_the_time_that_is_left(world: MotoWorld) -> None:
    losing = Interposed(world.clients.s3, put_object=fails(client_error("PreconditionFailed", status=412)))
    with pytest.raises(Transient, match="nothing was written, try again"):
        registration.register(
            Bucket(losing, BUCKET),  # type: ignore[arg-type]
            world.clock,
            entry("second"),
            seconds_left=world.seconds(3),
        )
    assert (world.clock.now() - NOON).total_seconds() <= 3


def test_a_race_that_is_always_lost_is_answered_503(environment: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    losing = Interposed(environment.clients.s3, put_object=fails(client_error("PreconditionFailed", status=412)))
    monkeypatch.setattr(aws_clients, "s3", lambda: losing)
    answered = update_project_master_list.lambda_handler(PAYLOAD, Context(seconds=0.5))
    assert (answered["statusCode"], "nothing was written, try again" in answered["body"]) == (503, True)


def test_the_list_s_earlier_versions_are_kept(environment: MotoWorld) -> None:
    call(PAYLOAD)
    call(PAYLOAD | {"name": "Renamed"})
    assert len(list(versions(environment, MASTER_LIST_KEY))) == 2
