"""If a topic cannot be reached, no answer is lost, and the next request publishes again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hippo_gym.sessions.messages import Start, Stop
from tests.support.moto_world import NOON, MotoWorld, entry, http_event
from tests.unit.handlers.interposed import client_error, fails, interpose
from tests.unit.handlers.runtime.test_metrics import measured

ANSWER = '{"age": "34"}'
PAGES = {"1": "a.html", "2": "b.html", "3": "game", "4": "c.html"}


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    """A participant at the step before the one that starts their server."""
    world.register(entry(steps=PAGES, start=2, stop=4))
    world.get()
    return world


def silenced(world: MotoWorld) -> Callable[[], None]:
    """Make publishing fail until the returned function is called."""
    before = world.clients
    interpose(world, "sns", publish=fails(client_error("InternalError", status=500)))

    def again() -> None:
        world.clients = before

    return again


def at_the_game(world: MotoWorld) -> str:
    """Bring the participant to a game whose page they have seen; return the session's id."""
    world.post(step="1")
    world.post(step="2")
    session: str = world.record()["session"]["id"]
    world.put_session(session, seen={"readyAt": NOON.isoformat()})
    assert world.get()["page"] == "show_game_page"
    world.received("start")
    return session


def test_an_answer_is_kept_and_advances_although_the_start_is_not_published(study: MotoWorld) -> None:
    silenced(study)
    assert study.post(body=ANSWER, step="1")["step"] == "2"
    record = study.record()
    assert (record["step"], record["requests"][-1]["body"], record["session"]) == ("2", ANSWER, None)


@pytest.mark.parametrize("ask", [MotoWorld.get, MotoWorld.post])
def test_the_next_request_publishes_the_start_again(study: MotoWorld, ask: Any) -> None:
    again = silenced(study)
    study.post(step="1")
    again()
    ask(study)
    (start,) = study.received("start")
    assert start["sessionId"] == study.record()["session"]["id"]


def test_a_first_visit_that_should_start_a_server_is_served(world: MotoWorld) -> None:
    world.register(entry())
    again = silenced(world)
    assert world.get()["page"] == "<p>1_consent.html</p>"
    again()
    world.get()
    assert len(world.received("start")) == 1


def test_an_answer_is_kept_although_the_stop_is_not_published(study: MotoWorld) -> None:
    session = at_the_game(study)
    again = silenced(study)
    assert study.post(body=ANSWER, step="3")["step"] == "4"
    assert (study.record()["requests"][-1]["body"], study.record()["session"]["stopRequested"]) == (ANSWER, False)
    again()
    study.get()
    assert [stop["sessionId"] for stop in study.received("stop")] == [session]


def test_an_answer_that_leads_to_the_game_is_kept_and_waits(study: MotoWorld) -> None:
    silenced(study)
    study.post(step="1")
    assert study.post(body=ANSWER, step="2")["page"] == "wait"
    assert study.record()["requests"][-1]["body"] == ANSWER


def test_a_poll_that_cannot_publish_its_start_fails_instead_of_waiting(study: MotoWorld) -> None:
    silenced(study)
    study.post(step="1")
    study.post(step="2")
    with pytest.raises(Exception, match="InternalError"):
        study.get()


def test_a_message_that_is_not_published_is_counted_by_its_reason(study: MotoWorld) -> None:
    measured(study)
    silenced(study)
    study.post(step="1")
    assert measured(study) == {"RequestsFailed/NotPublished": [1], "StepsServed": [1]}


def test_the_answer_is_kept_for_any_error_of_publishing(study: MotoWorld) -> None:
    def publish(_: Start | Stop) -> None:
        raise RuntimeError("whatever it was")

    visits = replace(study.visits(), publish=publish)
    study.request(http_event("POST", {"projectId": "study", "userId": "ada"}, ANSWER), visits)
    assert (study.record()["step"], study.record()["requests"][-1]["body"]) == ("2", ANSWER)
