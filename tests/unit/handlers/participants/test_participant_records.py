"""Participant records as analysis scripts read them, and records of the old system."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_gym.runtime import schemas
from tests.support.moto_world import MotoWorld, entry, http_event

CREATED = "2020-10-09 21:14:02.123456+00:00"


def old_request(method: str = "POST", body: str | None = '{"age": "34"}') -> dict[str, Any]:
    return {
        "httpMethod": method,
        "headers": {"Host": "old.example"},
        "queryStringParameters": {"projectId": "study", "userId": "ada"},
        "body": body,
        "requestContext": {"requestId": "old", "resourcePath": "/"},
    }


def put_old(world: MotoWorld, next_step: Any, *requests: dict[str, Any], user: str = "ada", **more: Any) -> None:
    record = {"created": CREATED, "nextStep": next_step, "requests": list(requests)} | more
    world.put(f"study/Users/{user}", json.dumps(record))


def test_a_record_begins_with_the_three_keys_that_scripts_read(world: MotoWorld) -> None:
    world.register(entry())
    world.get()
    assert {"created", "nextStep", "requests"} <= set(world.record())


def test_created_is_written_as_the_old_system_wrote_it(world: MotoWorld) -> None:
    world.register(entry())
    world.clock.advance(microseconds=123456)
    world.get()
    assert world.record()["created"] == "2026-11-22 12:00:00.123456+00:00"


def test_each_request_keeps_what_scripts_read(world: MotoWorld) -> None:
    world.register(entry())
    world.get()
    world.post(body='{"age": "34"}')
    kept = world.record()["requests"][-1]
    assert {name: kept[name] for name in ("httpMethod", "headers", "queryStringParameters", "body")} == {
        "httpMethod": "POST",
        "headers": {},
        "queryStringParameters": {"projectId": "study", "userId": "ada"},
        "body": '{"age": "34"}',
    }


def test_body_of_a_get_is_null(world: MotoWorld) -> None:
    world.register(entry())
    world.get()
    assert world.record()["requests"][0]["body"] is None


def test_credentials_in_headers_are_not_kept(world: MotoWorld) -> None:
    world.register(entry())
    headers = {
        "Cookie": "a=b",
        "authorization": "Bearer x",
        "X-Api-Key": "k",
        "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    }
    world.request(http_event("GET", {"projectId": "study", "userId": "ada"}, headers=headers))
    assert world.record()["requests"][0]["headers"] == {"user-agent": "Firefox/132 (Linux; desktop)"}


def test_next_step_counts_as_the_old_system_counted(world: MotoWorld) -> None:
    world.register(entry(start=None))
    world.get()
    first = world.record()["nextStep"]
    world.post()
    assert (first, world.record()["nextStep"]) == (2, 3)


def test_records_obey_their_schema_at_every_step(world: MotoWorld) -> None:
    world.register(entry())
    for call in (world.get, world.post, world.get, world.post):
        call()
        assert schemas.faults(schemas.PARTICIPANT_RECORD, world.record()) == ()


def test_a_record_is_kept_under_the_lower_case_id(world: MotoWorld) -> None:
    world.register(entry())
    world.get("A2XYZ")
    assert world.keys("study/Users/") == ["study/Users/a2xyz"]


@pytest.mark.parametrize("user", ["A2XYZ", "a2xyz", "a2XyZ"])
def test_an_id_is_the_same_participant_in_any_case(world: MotoWorld, user: str) -> None:
    world.register(entry(start=None))
    world.get("A2xyz")
    world.post("A2XYZ")
    assert world.get(user)["step"] == "2"


# --- records begun under the old system ---


def history(methods: str) -> list[dict[str, Any]]:
    """Return a request for each letter: G for a GET, P for a POST."""
    return [old_request("POST") if method == "P" else old_request("GET", None) for method in methods]


@pytest.mark.parametrize(
    ("methods", "next_step", "step"),
    [
        ("G", 2, "1"),  # views the page before the game
        ("GP", 2, "2"),  # 2 - (2 - 1) = 1 wait
        ("GPGG", 2, "2"),  # polls
        ("GP", 3, "2"),  # the game was shown at once
        ("GPGG", 3, "2"),  # after two waits
        ("GPG", 4, "3"),
        ("GPGP", 5, "finalStep"),
        ("GPGP", "finalStep", "finalStep"),
    ],
)
def test_an_old_record_continues_at_the_step_that_it_had_reached(
    world: MotoWorld, methods: str, next_step: Any, step: str
) -> None:
    world.register(entry())
    put_old(world, next_step, *history(methods))
    assert world.get(step=step)["step"] == step


@pytest.mark.parametrize(
    ("methods", "next_step", "step"),
    [
        ("GPP", 4, "3"),  # came from page 2 to page 3 with an answer, and has not answered page 3
        ("GPPP", 4, "4"),  # its answer led to the game, which is not ready
        ("GPPPG", 5, "4"),  # and was ready at the first poll
        ("GPPPGGP", 7, "6"),  # left it for page 5, and answered that: views page 6
        ("GPPPGGGPP", 7, "7"),  # two waits at the game of step 4: the last is that of step 7
        ("GPPPGGGP", 7, "6"),  # none is left for the game of step 7
        ("GPPPGPP", 7, "7"),
    ],
)
def test_waits_are_shared_between_an_old_participants_games(
    world: MotoWorld, methods: str, next_step: int, step: str
) -> None:
    files = {"1": "a.html", "2": "b.html", "3": "c.html", "4": "game", "5": "d.html", "6": "e.html", "7": "game"}
    world.register(entry(steps={**files, "8": "f.html", "finalStep": "g.html"}, start=None))
    put_old(world, next_step, *history(methods))
    assert world.get(step=step)["step"] == step


def test_an_old_participant_before_the_game_can_answer_their_page(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "a.html", "2": "b.html", "3": "game", "finalStep": "c.html"}, start=None))
    put_old(world, 3, *history("GP"))
    assert world.post(body='{"age": "34"}', step="2")["step"] == "3"
    assert (world.record()["requests"][-1]["body"], world.record()["requests"][-1]["accepted"]) == (
        '{"age": "34"}',
        True,
    )


def test_an_old_record_without_requests_begins_at_the_first_step(world: MotoWorld) -> None:
    world.register(entry())
    put_old(world, 1)
    assert world.get()["step"] == "1"


def test_an_old_record_keeps_its_requests_and_created(world: MotoWorld) -> None:
    world.register(entry())
    put_old(world, 2, old_request())
    world.post()
    kept = world.record()
    assert (kept["created"], kept["requests"][0]) == (CREATED, old_request())


def test_keys_that_this_version_does_not_know_are_kept(world: MotoWorld) -> None:
    world.register(entry())
    put_old(world, 2, old_request(), note="by the lab")
    world.post()
    assert world.record()["note"] == "by the lab"


def test_an_old_participant_who_has_seen_the_game_continues_with_a_plain_get(world: MotoWorld) -> None:
    world.register(entry())
    put_old(world, 3, old_request("GET", None))
    assert world.get()["step"] == "3"


def test_an_old_participant_at_the_game_gets_a_server(world: MotoWorld) -> None:
    world.register(entry())
    put_old(world, 2, *history("GP"))
    assert (world.get()["page"], len(world.received("start"))) == ("wait", 1)


def test_an_old_upper_case_record_is_continued(world: MotoWorld) -> None:
    world.register(entry(start=None))
    put_old(world, 4, old_request(), user="A2XYZ")
    assert world.get("A2XYZ")["step"] == "3"


def test_an_old_upper_case_record_is_not_changed(world: MotoWorld) -> None:
    world.register(entry(start=None))
    put_old(world, 4, old_request(), user="A2XYZ")
    before = world.text("study/Users/A2XYZ")
    world.post("A2XYZ")
    assert world.text("study/Users/A2XYZ") == before


def test_a_continued_record_has_the_old_requests_and_names_the_old_record(world: MotoWorld) -> None:
    world.register(entry(start=None))
    put_old(world, 4, old_request(), user="A2XYZ")
    world.post("A2XYZ")
    kept = world.record("a2xyz")
    assert (kept["requests"][0], kept["continues"]) == (old_request(), "study/Users/A2XYZ")


def test_trials_of_the_container_are_not_changed(world: MotoWorld) -> None:
    world.register(entry(start=None))
    world.put("study/Trials/ada/0.json", "{}")
    world.get()
    world.post()
    assert world.text("study/Trials/ada/0.json") == "{}"


def test_a_participant_of_one_project_is_new_in_another(world: MotoWorld) -> None:
    world.register(entry(start=None), entry("other", start=None))
    world.get()
    world.post()
    assert world.get(project="other")["step"] == "1"


def test_a_participant_whose_step_was_removed_continues_with_the_next(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "a.html", "2": "b.html", "3": "c.html"}, start=None))
    world.get()
    world.post()
    world.register(entry(steps={"1": "a.html", "3": "c.html"}, start=None))
    assert world.get()["step"] == "3"
