"""What earns a participant another server: a poll alone never does, and nothing does without end."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from hippo_gym.participants.decisions import Show
from hippo_gym.sessions.model import EndedBy
from tests.support.moto_world import MotoWorld, entry, http_event
from tests.unit.handlers.participants.walker import Walker, at_the_game, in_numbers, project

STEPS = {"1": "1.html", "2": "game", "3": "3.html"}


def played(**changes: Any) -> Walker:
    """Bring a participant into a game whose server was shown."""
    walker = at_the_game(**changes)
    walker.session_is(ready=True)
    assert walker.get(step="2") is Show.GAME
    return walker


@pytest.mark.parametrize("by", EndedBy)
def test_days_of_polls_after_the_end_of_a_session_start_nothing(by: EndedBy) -> None:
    walker = played()
    walker.session_is(over=True, ended_by=by, was_ready=True, ended_at=walker.at)
    for _ in range(500):
        walker.passes(minutes=10)
        assert walker.get(step="2") is Show.STILL_THERE
    assert len(walker.starts) == 1


@pytest.mark.parametrize("step", [None, "2", "current"])
def test_a_click_or_an_old_client_s_submit_asks_for_another_server_at_once(step: str | None) -> None:
    walker = played()
    walker.session_is(over=True, ended_by=EndedBy.IDLE, was_ready=True, ended_at=walker.at)
    walker.get(step="2")
    assert walker.post(step=step) is Show.WAIT
    assert (len(walker.starts), walker.step) == (2, "2")
    walker.session_is(ready=True)
    assert walker.get(step="2") is Show.GAME


def test_a_server_without_a_connection_is_not_followed_by_another_without_an_answer() -> None:
    walker = at_the_game()
    walker.session_is(over=True, was_ready=True, ended_at=walker.at)
    walker.passes(hours=1)
    assert walker.get(step="2") is Show.STILL_THERE
    assert walker.post(step="current") is Show.WAIT
    assert len(walker.starts) == 2


def test_a_server_that_broke_while_it_was_used_is_followed_by_another() -> None:
    walker = played()
    walker.session_is(stopping=True)
    walker.get(step="2")
    walker.session_is(over=True, was_ready=True, ended_at=walker.at)
    walker.passes(seconds=16)
    assert walker.get(step="2") is Show.WAIT
    assert len(walker.starts) == 2


def test_the_answer_that_leads_to_the_game_is_an_ask() -> None:
    walker = Walker(project(in_numbers("a.html", "game"), start=1, stop=None))
    walker.get()
    walker.session_is(over=True, ended_by=EndedBy.IDLE, was_ready=True, ended_at=walker.at)
    assert walker.post(step="1") is Show.WAIT
    assert len(walker.starts) == 2


def test_an_answer_that_comes_while_the_earlier_server_stops_is_kept_as_the_ask() -> None:
    walker = Walker(project(in_numbers("a.html", "game"), start=1, stop=None))
    walker.get()
    walker.session_is(stopping=True)
    walker.post(step="1")
    walker.session_is(over=True, ended_by=EndedBy.IDLE, was_ready=True, ended_at=walker.at)
    assert walker.get(step="2") is Show.WAIT
    assert len(walker.starts) == 2


def test_after_six_servers_in_a_day_the_participant_sees_that_it_failed_and_gets_others_later() -> None:
    walker = played()
    shown = []
    for _ in range(8):
        walker.session_is(over=True, ended_by=EndedBy.TIME, was_ready=True, ended_at=walker.at)
        walker.passes(hours=1)
        shown.append(walker.post(step="current"))
    assert shown == [Show.WAIT] * 5 + [Show.SERVER_FAILED] * 3
    assert len(walker.starts) == 6
    walker.passes(hours=17)
    assert walker.post(step="current") is Show.WAIT


def test_failing_servers_count_too() -> None:
    walker = at_the_game()
    for _ in range(30):
        walker.session_is(over=True, ended_at=walker.at)
        walker.passes(minutes=40)
        walker.get(step="2")
    assert len(walker.starts) == 6


def test_each_further_game_adds_a_server_to_those_that_a_participant_may_get() -> None:
    games = in_numbers(*(["a.html", "game"] * 4))
    assert [project(steps, maxServersPerParticipant=2).servers_allowed for steps in (games, in_numbers("a.html"))] == [
        5,
        2,
    ]


def end(world: MotoWorld, **changes: Any) -> None:
    session = world.record()["session"]["id"]
    world.put_session(session, endedBy="idle", seen={"readyAt": world.clock.now().isoformat()}, **changes)
    world.end_session(session)


@pytest.fixture
def ended(world: MotoWorld) -> MotoWorld:
    world.register(entry(steps=STEPS))
    world.get()
    world.post(step="1")
    end(world)
    return world


def test_a_client_that_sends_heartbeats_gets_a_notice_and_an_old_one_a_page_with_its_submit_button(
    ended: MotoWorld,
) -> None:
    ours, old = ended.get(step="2", here="1"), ended.get()
    assert (ours["notice"], ours["ended"], ours["step"]) == ("stillThere", "idle", "2")
    assert "notice" not in old
    assert "press Submit" in old["page"]
    assert "You may exit now" not in old["page"]  # these words hide an old client's button
    assert ended.post()["page"] == "wait"  # as its Submit button sends it


def test_if_the_start_cannot_be_published_it_does_not_count(ended: MotoWorld) -> None:
    visits = ended.visits()

    def broken(message: object) -> None:
        raise ConnectionError

    before = ended.record()["servers"]["begun"]
    event = http_event("POST", {"projectId": "study", "userId": "ada", "step": "current"}, "{}")
    assert ended.request(event, replace(visits, publish=broken))["page"] == "wait"
    assert ended.record()["servers"]["begun"] == before


def test_a_record_of_an_earlier_release_continues(world: MotoWorld) -> None:
    world.register(entry(steps=STEPS))
    world.get()
    world.post(step="1")
    record = world.record()
    del record["servers"]
    world.put("study/Users/ada", json.dumps(record))
    assert world.get(step="2", here="1")["page"] == "wait"
