"""Simultaneous requests of one participant: one is served between another's read and write."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.moto_world import MotoWorld, entry, http_event
from tests.unit.handlers.interposed import Interposed, beforehand, client_error, fails


def record_is_written(arguments: Any) -> bool:
    return "/Users/" in str(arguments["Key"])


def side_by_side(world: MotoWorld, method: str, meanwhile: Callable[[], object], **query: str) -> dict[str, Any]:
    """Send a request, and call `meanwhile` just before it writes the record."""
    racing = Interposed(world.clients.s3, put_object=beforehand(meanwhile, record_is_written))
    event = http_event(method, {"projectId": "study", "userId": "ada"} | query, '{"from": "first"}')
    return world.request(event, world.visits(racing))


def bodies(world: MotoWorld) -> list[str]:
    return [kept["body"] for kept in world.record()["requests"] if kept["httpMethod"] == "POST"]


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    """A participant at the first of three pages."""
    world.register(entry(steps={"1": "a.html", "2": "b.html", "3": "c.html"}, start=None, stop=None))
    world.get()
    return world


@pytest.mark.parametrize("query", [{}, {"step": "1"}])
def test_two_simultaneous_posts_advance_one_step(study: MotoWorld, query: dict[str, str]) -> None:
    answered = side_by_side(study, "POST", lambda: study.post(**query), **query)
    assert (answered["step"], study.record()["step"]) == ("2", "2")


def test_two_simultaneous_posts_are_both_kept(study: MotoWorld) -> None:
    side_by_side(study, "POST", lambda: study.post(body='{"from": "second"}'))
    assert sorted(bodies(study)) == ['{"from": "first"}', '{"from": "second"}']


def test_one_of_two_simultaneous_posts_is_accepted(study: MotoWorld) -> None:
    side_by_side(study, "POST", study.post)
    assert [kept.get("accepted") for kept in study.record()["requests"]] == [None, True, False]


def test_a_post_during_a_refresh_advances(study: MotoWorld) -> None:
    side_by_side(study, "POST", study.get)
    assert study.record()["step"] == "2"


def test_a_refresh_during_a_post_shows_the_new_step(study: MotoWorld) -> None:
    assert side_by_side(study, "GET", study.post)["step"] == "2"


def test_three_simultaneous_posts_advance_one_step(study: MotoWorld) -> None:
    def another_two() -> None:
        study.post(step="1")
        study.post(step="1")

    assert side_by_side(study, "POST", another_two)["step"] == "2"


def test_two_simultaneous_first_visits_make_one_record(world: MotoWorld) -> None:
    world.register(entry(start=None))
    side_by_side(world, "GET", world.get)
    assert (world.record()["step"], len(world.record()["requests"])) == ("1", 2)


def test_the_answer_of_one_of_two_simultaneous_first_visits_is_kept(world: MotoWorld) -> None:
    world.register(entry(start=None))
    side_by_side(world, "POST", world.get)
    assert (world.record()["step"], bodies(world)) == ("1", ['{"from": "first"}'])


def test_simultaneous_first_visits_request_the_same_session(world: MotoWorld) -> None:
    world.register(entry(start=1))
    side_by_side(world, "GET", world.get)
    assert len({message["sessionId"] for message in world.received("start")}) == 1


def test_simultaneous_posts_into_the_start_step_request_the_same_session(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "a.html", "2": "b.html", "3": "game"}, start=2))
    world.get()
    world.clock.advance(minutes=3)
    side_by_side(world, "POST", world.post)
    messages = world.received("start")
    assert (len(messages), len({message["sessionId"] for message in messages})) == (2, 1)


def test_simultaneous_polls_after_a_failed_session_request_the_same_new_one(world: MotoWorld) -> None:
    world.register(entry())
    world.get()
    world.post()
    first = world.received("start")[0]["sessionId"]
    world.put_session(first)
    world.end_session(first, failed=True)
    world.clock.advance(minutes=5)
    side_by_side(world, "GET", world.get)
    asked = {message["sessionId"] for message in world.received("start")}
    assert (len(asked), first in asked) == (1, False)


def test_simultaneous_posts_into_the_stop_step_stop_the_same_session(world: MotoWorld) -> None:
    world.register(entry(steps={"1": "a.html", "2": "b.html"}, start=1, stop=2))
    world.get()
    side_by_side(world, "POST", world.post)
    started = {message["sessionId"] for message in world.received("start")}
    assert {message["sessionId"] for message in world.received("stop")} == started


def test_a_write_that_succeeded_but_was_answered_with_an_error_advances_once(study: MotoWorld) -> None:
    def write_and_fail(real: Any, **arguments: Any) -> Any:
        real(**arguments)
        raise client_error("PreconditionFailed", status=412)

    once = iter([write_and_fail])
    racing = Interposed(
        study.clients.s3,
        put_object=lambda real, **given: next(once, lambda real, **given: real(**given))(real, **given),
    )
    event = http_event("POST", {"projectId": "study", "userId": "ada"}, "{}")
    assert study.request(event, study.visits(racing))["step"] == "2"
    assert bodies(study) == ["{}"]


@pytest.mark.parametrize("code", ["ConditionalRequestConflict", "PreconditionFailed", "NoSuchKey"])
def test_every_error_code_of_a_lost_race_is_retried(study: MotoWorld, code: str) -> None:
    racing = Interposed(study.clients.s3, put_object=fails(client_error(code, status=409), times=3))
    event = http_event("POST", {"projectId": "study", "userId": "ada"}, "{}")
    assert study.request(event, study.visits(racing))["step"] == "2"


def test_a_message_is_published_before_the_record_is_written(world: MotoWorld) -> None:
    world.register(entry(start=2, steps={"1": "a.html", "2": "game"}))
    world.get()
    failing = Interposed(world.clients.s3, put_object=fails(client_error("InternalError", status=500)))
    with pytest.raises(Exception, match="InternalError"):
        world.request(http_event("POST", {"projectId": "study", "userId": "ada"}, "{}"), world.visits(failing))
    assert len(world.received("start")) == 1


def test_a_late_answer_is_stored_under_the_step_that_it_names(world: MotoWorld) -> None:
    world.register(entry(start=None))
    world.get()
    world.post(body='{"a": "1"}', step="1")
    world.post(body='{"a": "2"}', step="1")
    kept = [(found["step"], found["accepted"]) for found in world.record()["requests"] if found["body"]]
    assert kept == [("1", True), ("1", False)]


def test_a_full_record_still_takes_an_answer_that_completes_a_step(world: MotoWorld) -> None:
    world.register(entry(start=None))
    world.get()
    for _ in range(12):
        world.post(body='"' + "x" * 200_000 + '"', step="9")
    world.post(body='{"last": "1"}', step="1")
    record = world.record()
    assert record["requests"][-1]["body"] == '{"last": "1"}'
    assert len(json.dumps(record)) < 3_000_000
