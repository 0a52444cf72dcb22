"""Versions: participants keep theirs; an entry replaces only what its writer has read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import update_project_master_list
from hippo_gym.sessions.messages import Start, read_start
from hippo_gym.studies.projects import MASTER_LIST_KEY
from hippo_gym.studies.versions import entry_key, folder, version_of
from tests.support.moto_world import MotoWorld, entry
from tests.unit.handlers.entries import Context
from tests.unit.handlers.studies.test_registration import PAYLOAD


def submit(world: MotoWorld, text: str, **changes: Any) -> str:
    """Store a version of the study as `hippo submit` does; return its name."""
    made = entry(**changes)
    pages = {name: f"{text} {name}".encode() for name in made["steps"].values() if name not in (None, "game")}
    version = version_of(made, pages)
    made["version"] = version
    for name, page in pages.items():
        world.put(f"{folder('study', version)}/{name}", page)
        world.put(f"study/{name}", page)
    world.put(entry_key("study", version), json.dumps(made))
    world.put(MASTER_LIST_KEY, json.dumps({"projects": [made]}))
    return version


def test_a_participant_keeps_the_pages_they_began_with(world: MotoWorld) -> None:
    submit(world, "old")
    world.get()
    submit(world, "new")
    assert world.get()["page"] == "old 1_consent.html"


def test_a_later_participant_gets_the_new_pages(world: MotoWorld) -> None:
    submit(world, "old")
    world.get()
    submit(world, "new")
    assert world.get("bea")["page"] == "new 1_consent.html"


def test_a_participant_keeps_the_steps_they_began_with(world: MotoWorld) -> None:
    submit(world, "old", steps={"1": "a.html", "2": "b.html"}, start=None, stop=None)
    world.get()
    submit(world, "new", steps={"1": "c.html"}, start=None, stop=None)
    assert world.post()["page"] == "old b.html"


def test_a_participant_keeps_the_container_they_began_with(world: MotoWorld) -> None:
    world.register_task_definition("grid")
    submit(world, "old", ecsTask="grid:1")
    world.get()
    submit(world, "new", ecsTask="grid:2")
    world.post()
    (message, *_) = world.received("start")
    world.starting().start(_start(message), world.seconds(300))
    assert world.json("_sessions/live/ada.json")["launch"]["taskDefinition"] == "grid:1"


def test_the_record_names_the_version(world: MotoWorld) -> None:
    version = submit(world, "old")
    world.get()
    assert world.record()["version"] == version


def test_a_closed_study_admits_no_participant_and_those_who_have_begun_finish(world: MotoWorld) -> None:
    submit(world, "old")
    world.get()
    submit(world, "new", live=False)
    assert world.get()["page"] == "old 1_consent.html"


def test_the_same_study_has_the_same_version_open_or_closed() -> None:
    assert version_of(entry(live=True), {}) == version_of(entry(live=False, maxSessions=3), {})


@given(st.binary(), st.binary())
def test_another_page_is_another_version(one: bytes, other: bytes) -> None:
    same = version_of(entry(), {"a.html": one}) == version_of(entry(), {"a.html": other})
    assert same == (one == other)


def test_a_missing_version_is_replaced_by_the_current_study(world: MotoWorld) -> None:
    version = submit(world, "old")
    world.get()
    submit(world, "new")
    world.clients.s3.delete_object(Bucket="projects.example", Key=entry_key("study", version))
    assert world.get()["page"] == "new 1_consent.html"


@pytest.mark.parametrize("broken", ["", "{", "[]", "null", "{}", '{"id": "study"}'])
def test_an_unreadable_version_is_replaced_by_the_current_study(world: MotoWorld, broken: str) -> None:
    version = submit(world, "old")
    world.get()
    submit(world, "new")
    world.put(entry_key("study", version), broken)
    assert world.get()["page"] == "new 1_consent.html"


@pytest.mark.parametrize("more", [{"pages": {"1_consent.html": "0" * 64}}, {"engine": "of tomorrow"}])
def test_a_version_written_by_a_newer_release_is_served(world: MotoWorld, more: dict[str, Any]) -> None:
    version = submit(world, "old")
    world.get()
    submit(world, "new")
    key = entry_key("study", version)
    world.put(key, json.dumps(world.json(key) | more))
    assert world.get()["page"] == "old 1_consent.html"


def test_a_page_missing_in_the_version_comes_from_the_project(world: MotoWorld) -> None:
    version = submit(world, "old")
    world.clients.s3.delete_object(Bucket="projects.example", Key=f"{folder('study', version)}/1_consent.html")
    assert world.get()["page"] == "old 1_consent.html"


def test_a_participant_without_a_version_gets_the_current_study(world: MotoWorld) -> None:
    world.register(entry())
    world.get()
    submit(world, "new")
    assert world.get()["page"] == "new 1_consent.html"


def test_an_update_by_an_old_script_serves_the_projects_own_pages_again(world: MotoWorld) -> None:
    submit(world, "submitted")
    world.register(entry())
    world.put("study/1_consent.html", "uploaded by hand")
    assert world.get()["page"] == "uploaded by hand"


# --- an entry replaces only what its writer has read ---


def call(payload: dict[str, Any]) -> dict[str, Any]:
    return update_project_master_list.lambda_handler(payload, Context())


def listed(world: MotoWorld) -> dict[str, Any]:
    (found,) = world.json(MASTER_LIST_KEY)["projects"]
    return dict(found)


def test_an_entry_says_when_and_by_whom_it_was_written(environment: MotoWorld) -> None:
    call(PAYLOAD | {"updatedBy": "a.name"})
    assert (listed(environment)["updatedBy"], listed(environment)["updatedAt"][:2]) == ("a.name", "20")


def test_a_time_in_the_payload_is_ignored(environment: MotoWorld) -> None:
    call(PAYLOAD | {"updatedAt": "1999-01-01T00:00:00+00:00"})
    assert not listed(environment)["updatedAt"].startswith("1999")


def test_an_entry_that_another_person_changed_is_not_overwritten(environment: MotoWorld) -> None:
    call(PAYLOAD)
    seen = listed(environment)["updatedAt"]
    call(PAYLOAD | {"name": "theirs", "updatedBy": "b.name"})
    answered = call(PAYLOAD | {"name": "ours", "replaces": seen})
    assert (answered["statusCode"], listed(environment)["name"]) == (409, "theirs")
    assert "b.name changed it at" in answered["body"]


def test_an_unchanged_entry_is_replaced(environment: MotoWorld) -> None:
    call(PAYLOAD)
    answered = call(PAYLOAD | {"name": "ours", "replaces": listed(environment)["updatedAt"]})
    assert (answered["statusCode"], listed(environment)["name"]) == (200, "ours")


@pytest.mark.parametrize("replaces", [None, "2026-11-22T12:00:00+00:00"])
def test_a_new_project_can_only_replace_null(environment: MotoWorld, replaces: str | None) -> None:
    assert call(PAYLOAD | {"replaces": replaces})["statusCode"] == (200 if replaces is None else 409)


def test_an_existing_project_is_not_replaced_as_a_new_one(environment: MotoWorld) -> None:
    call(PAYLOAD)
    assert call(PAYLOAD | {"replaces": None})["statusCode"] == 409


def test_an_entry_of_the_old_system_is_replaced_by_null(environment: MotoWorld) -> None:
    environment.put(MASTER_LIST_KEY, json.dumps({"projects": [entry("study_one-2")]}))
    assert call(PAYLOAD | {"replaces": None})["statusCode"] == 200


@pytest.mark.parametrize("replaces", [7, [], {"updatedAt": "x"}, True])
def test_replaces_is_a_text_or_null(environment: MotoWorld, replaces: object) -> None:
    answered = call(PAYLOAD | {"replaces": replaces})
    assert (answered["statusCode"], "replaces: found" in answered["body"]) == (400, True)


def _start(message: dict[str, Any]) -> Start:

    return read_start(message)
