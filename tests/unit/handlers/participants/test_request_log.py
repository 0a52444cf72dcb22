"""A participant record keeps every answer that completes a step, and little of the rest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from hippo_gym.participants.request_log import has_room
from hippo_gym.runtime.kept_headers import Keep
from hippo_gym.runtime.settings import KeepAddresses, KeepBrowser
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
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
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


def browsing(method: str) -> dict[str, Any]:
    """Make an event with a client's address, and the headers of its browser, one of them with a false address."""
    event = http_event(method, QUERY, "{}" if method == "POST" else None)
    sent = BROWSER | {"user-agent": FIREFOX, "x-forwarded-for": "198.51.100.1, 203.0.113.7", "sec-ch-ua": "spare"}
    context = event["requestContext"] | {"http": {"method": method, "sourceIp": "203.0.113.7"}}
    return event | {"headers": sent, "requestContext": context}


def post(world: MotoWorld, headers: dict[str, str], body: str = "{}", **query: str) -> dict[str, Any]:
    world.request(http_event("POST", QUERY | query, body, headers=headers))
    return kept(world)[-1]


def test_an_entry_holds_no_more_than_some_kilobytes_besides_the_answer(study: MotoWorld) -> None:
    found = post(study, {f"x-{number}": "h" * 990 for number in range(9)}, pad="q" * 6000, step="9" * 6000)
    assert len(json.dumps(found)) < 6_000


def test_only_ids_and_step_of_the_query_are_kept(study: MotoWorld) -> None:
    found = post(study, {}, step="1", pad="q")
    assert found["queryStringParameters"] == QUERY | {"step": "1"}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, {"x-forwarded-for": "203.0.113.0/24", "user-agent": "Firefox/132 (Linux; desktop)"}),
        ({"keepAddresses": "yes"}, {"x-forwarded-for": "203.0.113.7", "user-agent": "Firefox/132 (Linux; desktop)"}),
        ({"keepAddresses": "no", "keepBrowser": "full"}, {"user-agent": FIREFOX}),
        ({"keepAddresses": "no", "keepBrowser": "no"}, {}),
    ],
)
def test_a_record_keeps_of_the_headers_what_the_study_says_and_nothing_else(
    world: MotoWorld, chosen: dict[str, str], expected: dict[str, str]
) -> None:
    world.register(entry(**chosen))
    world.request(browsing("GET"))
    world.request(browsing("POST"))
    assert [found["headers"] for found in kept(world)] == [expected, expected]


def test_without_a_choice_of_the_study_the_deployment_s_applies(world: MotoWorld) -> None:
    world.register(entry(keepBrowser="family"))
    strict = replace(world.visits(), keep=Keep(KeepAddresses.NO, KeepBrowser.NO))
    world.request(browsing("GET"), strict)
    assert kept(world)[-1]["headers"] == {"user-agent": "Firefox/132 (Linux; desktop)"}


def test_a_changed_choice_also_holds_for_participants_of_earlier_versions(world: MotoWorld) -> None:
    world.register(entry(keepAddresses="yes"))
    world.request(browsing("GET"))
    record = world.record() | {"version": "0123456789abcdef"}
    world.put("study/Users/ada", json.dumps(record))
    then = entry(keepAddresses="yes", version="0123456789abcdef")
    world.put("_versions/study/0123456789abcdef/project.json", json.dumps(then))
    world.register(entry(keepAddresses="no", version="fedcba9876543210"))
    world.request(browsing("POST"))
    assert [("x-forwarded-for" in found["headers"]) for found in kept(world)] == [True, False]


def test_entries_of_earlier_releases_stay_as_they_are(study: MotoWorld) -> None:
    filled(study, SPARE | {"headers": BROWSER, "step": "1"})
    study.post(step="1")
    assert BROWSER in [found["headers"] for found in kept(study)]


def test_an_answer_is_kept_whole(study: MotoWorld) -> None:
    body = json.dumps({"text": "é" * 100_000}, ensure_ascii=False)
    assert post(study, {}, body)["body"] == body


def test_the_beginning_of_a_long_body_that_completes_no_step_is_kept(study: MotoWorld) -> None:
    body = json.dumps({"text": "é" * 10_000}, ensure_ascii=False)
    found = post(study, {}, body, step="9")
    assert (found["body"], found["accepted"]) == (None, False)
    assert body.startswith(found["bodyStart"])
    assert 4_093 <= len(found["bodyStart"].encode("utf-8")) <= 4_096


def test_a_short_body_that_completes_no_step_is_kept_whole(study: MotoWorld) -> None:
    body = json.dumps({"text": "a" * 4_000})
    found = post(study, {}, body, step="9")
    assert (found["body"], "bodyStart" in found) == (body, False)


def test_twenty_requests_that_complete_no_step_are_kept_of_each_step(study: MotoWorld) -> None:
    before = filled(study, *[SPARE | {"step": "2"}] * 18)
    for _ in range(3):
        study.post(step="2")
    study.post(step="3")
    assert [found["step"] for found in kept(study)[before:]] == ["2", "2", "3"]


def test_requests_that_complete_no_step_have_64_kb_of_a_record(study: MotoWorld) -> None:
    filled(study, *[SPARE | {"step": str(step), "body": "a" * 4_000} for step in range(100, 115)])
    before = len(kept(study))
    for _ in range(2):
        study.post(step="3", body=json.dumps({"text": "a" * 3_000}))
    assert len(kept(study)) == before + 1


def test_what_anyone_can_make_a_record_grow_by_is_bounded(study: MotoWorld) -> None:
    """Every request is a write of the whole record, so its size is what a flood costs."""
    before = len(json.dumps(study.record()))
    for number in range(20):
        post(study, {"x": "h" * 900}, json.dumps({"text": "a" * 200_000}), step=str(number % 9 + 4))
        study.get(step=str(number % 9 + 4))
    assert len(json.dumps(study.record())) - before <= 64 * 1024


def test_a_full_record_is_not_written_again(study: MotoWorld) -> None:
    filled(study, *[SPARE | {"step": "3"}] * 20, *[SPARE | {"step": "1"}] * 20)
    before = study.clients.s3.head_object(Bucket="projects.example", Key="study/Users/ada")["VersionId"]
    study.post(step="3")
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
    assert has_room([{"httpMethod": "POST", "headers": {}, "body": "{}", "step": "1"} | completes] * 1_000, SPARE)
