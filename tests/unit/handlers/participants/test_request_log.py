"""A participant record keeps every answer that completes a step, and little of the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_gym.participants.request_log import is_full
from tests.support.moto_world import MotoWorld, entry, http_event

QUERY = {"projectId": "study", "userId": "ada"}
BROWSER = {
    "accept-language": "en-CA",
    "content-type": "application/json",
    "origin": "https://study.example.net",
    "referer": "https://study.example.net/",
    "user-agent": "Mozilla/5.0",
    "x-forwarded-for": "203.0.113.7",
}
SPARE = {"httpMethod": "POST", "headers": {}, "body": "{}", "accepted": False}


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    """A participant at the first of three pages."""
    world.register(entry(steps={"1": "a.html", "2": "b.html", "3": "c.html"}, start=None, stop=None))
    world.get()
    return world


def filled(world: MotoWorld, *entries: dict[str, Any]) -> int:
    """Put entries into the record; return how many it holds afterwards."""
    record = world.record()
    record["requests"] += entries
    world.put("study/Users/ada", json.dumps(record))
    return len(record["requests"])


def kept(world: MotoWorld) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = world.record()["requests"]
    return requests


def post(world: MotoWorld, headers: dict[str, str], body: str = "{}", **query: str) -> dict[str, Any]:
    world.request(http_event("POST", QUERY | query, body, headers=headers))
    return kept(world)[-1]


def test_an_entry_holds_no_more_than_some_kilobytes_besides_the_answer(study: MotoWorld) -> None:
    found = post(study, {f"x-{number}": "h" * 990 for number in range(9)}, pad="q" * 6000, step="9" * 6000)
    assert len(json.dumps(found)) < 6_000


def test_only_ids_and_step_of_the_query_are_kept(study: MotoWorld) -> None:
    found = post(study, {}, step="1", pad="q")
    assert found["queryStringParameters"] == QUERY | {"step": "1"}


def test_headers_of_the_browser_are_kept_before_others(study: MotoWorld) -> None:
    padding = {f"x-{number}": "h" * 900 for number in range(9)}
    assert post(study, padding | BROWSER)["headers"].items() >= BROWSER.items()


def test_only_the_header_that_is_too_long_is_dropped(study: MotoWorld) -> None:
    assert post(study, BROWSER | {"user-agent": "m" * 8_000})["headers"] == {
        name: value for name, value in BROWSER.items() if name != "user-agent"
    }


def test_an_answer_is_kept_whole(study: MotoWorld) -> None:
    body = json.dumps({"text": "é" * 100_000}, ensure_ascii=False)
    assert post(study, {}, body)["body"] == body


def test_two_hundred_requests_that_complete_no_step_are_kept(study: MotoWorld) -> None:
    filled(study, *[SPARE] * 198)
    for _ in range(3):
        study.post(step="9")
    assert len(kept(study)) == 200


def test_a_full_record_is_not_written_again(study: MotoWorld) -> None:
    filled(study, *[SPARE] * 200)
    before = study.clients.s3.head_object(Bucket="projects.example", Key="study/Users/ada")["VersionId"]
    study.post(step="9")
    study.get()
    assert study.clients.s3.head_object(Bucket="projects.example", Key="study/Users/ada")["VersionId"] == before


@pytest.mark.parametrize(
    "entry_of_old",
    [
        SPARE | {"headers": {"x": "h" * 8_000}, "queryStringParameters": {"pad": "q" * 6_000}},
        SPARE | {"headers": {"x": "h" * 14_000}, "accepted": True},
    ],
)
def test_headers_and_queries_count_for_a_record_s_size(study: MotoWorld, entry_of_old: dict[str, Any]) -> None:
    before = filled(study, *[entry_of_old] * 150)
    study.post(step="9")
    assert len(kept(study)) == before


def test_a_full_record_takes_every_answer_that_completes_a_step(study: MotoWorld) -> None:
    before = filled(study, *[SPARE | {"headers": {"x": "h" * 14_000}}] * 200)
    for number in (1, 2, 3):
        study.post(step=str(number), body=json.dumps({"answer": number}))
    assert [json.loads(found["body"])["answer"] for found in kept(study)[before:]] == [1, 2, 3]


@pytest.mark.parametrize("completes", [{"accepted": True}, {}])
def test_requests_that_completed_steps_count_only_by_size(completes: dict[str, Any]) -> None:
    assert not is_full([{"httpMethod": "POST", "headers": {}, "body": "{}"} | completes] * 1_000)
