"""A participant who waits long for a game: what they read, when it ends, and what becomes of the session."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import pytest

from hippo_gym.participants.decisions import Show
from hippo_gym.participants.waits import Wait
from hippo_gym.sessions.model import EndedBy, Phase
from hippo_gym.studies.projects import FINAL
from tests.support.moto_world import NOON, MotoWorld, entry
from tests.unit.handlers.participants.walker import GAME_SECOND, Walker, at_the_game, project

CODES: Final = {"codes": {"finished": "C1", "serverFailed": "C3"}}
BACK: Final = {"redirect": "https://lab.example.org/back?id={userId}"}


def waits(walker: Walker, minutes: int) -> list[Show]:
    """Poll every ten seconds, as the page does while a server starts; return what was shown."""
    shown = []
    for _ in range(minutes * 6):
        walker.passes(seconds=10)
        walker.session_is(phase=Phase.STARTING)
        shown.append(walker.get(step="2"))
    return shown


def wait_of(walker: Walker) -> Wait | None:
    assert walker.participant is not None
    return walker.participant.waiting


def test_a_wait_of_fifteen_minutes_ends_with_the_code_and_the_session_is_stopped() -> None:
    walker = at_the_game(completion=CODES)
    assert set(waits(walker, 14)) == {Show.WAIT}
    assert waits(walker, 1)[-1] is Show.SERVER_FAILED
    assert walker.participant is not None
    assert (walker.participant.outcome, walker.participant.position) == ("serverFailed", FINAL)
    assert [stop.session_id for stop in walker.stops] == [walker.starts[-1].session_id]


def test_who_got_the_code_gets_no_game_any_more() -> None:
    walker = at_the_game(completion=CODES)
    waits(walker, 15)
    asked = len(walker.starts)
    walker.session_is(ready=True, token="t")
    for _ in range(3):
        walker.passes(minutes=10)
        assert walker.get() is Show.SERVER_FAILED
        assert walker.post() is Show.SERVER_FAILED
    assert (len(walker.starts), walker.step) == (asked, "finalStep")


@pytest.mark.parametrize("completion", [{}, {"codes": {"finished": "C1"}}])
def test_without_a_code_the_session_goes_on_and_the_game_is_shown_when_it_comes(completion: dict[str, object]) -> None:
    walker = at_the_game(completion=completion)
    assert waits(walker, 16)[-1] is Show.SERVER_FAILED
    assert walker.stops == []
    walker.session_is(ready=True)
    assert walker.get(step="2") is Show.GAME
    assert walker.participant is not None
    assert (walker.participant.outcome, walker.participant.waiting) == (None, None)


def test_an_address_to_return_to_without_a_code_is_a_way_out_too() -> None:
    walker = at_the_game(completion=BACK)
    waits(walker, 15)
    assert walker.step == "finalStep"


def test_four_failed_sessions_end_with_the_code_as_well() -> None:
    walker = at_the_game(completion=CODES)
    for _ in range(4):
        walker.session_is(over=True, ended_at=walker.at - timedelta(hours=2))
        walker.get(step="2")
        walker.passes(seconds=20)
    assert (walker.show, walker.step) == (Show.SERVER_FAILED, "finalStep")


def test_a_wait_in_line_does_not_count_and_its_polls_write_nothing() -> None:
    walker = at_the_game(completion=CODES)
    before = walker.participant
    for _ in range(20):
        walker.passes(minutes=1)
        walker.session_is(in_line=True)
        assert walker.get(step="2") is Show.IN_LINE
    assert walker.participant == before
    admitted = walker.at
    walker.session_is(admitted_at=admitted)
    assert walker.get(step="2") is Show.WAIT
    assert wait_of(walker) == Wait(admitted, walker.at)
    walker.passes(minutes=14)
    assert walker.get(step="2") is Show.WAIT
    walker.passes(minutes=1)
    assert walker.get(step="2") is Show.SERVER_FAILED


def test_sessions_that_fail_without_a_line_do_not_begin_the_wait_again() -> None:
    walker = at_the_game(completion=CODES)
    for _ in range(15):
        walker.passes(minutes=1)
        walker.session_is(admitted_at=walker.starts[-1].requested_at + timedelta(seconds=4))
        walker.get(step="2")
    assert (walker.show, walker.step) == (Show.SERVER_FAILED, "finalStep")


def test_a_wait_for_the_end_of_another_game_does_not_count() -> None:
    walker = at_the_game(completion=CODES)
    for _ in range(20):
        walker.passes(minutes=1)
        walker.session_is(over=True, elsewhere_until=walker.at + timedelta(hours=1))
        assert walker.get(step="2") is Show.ELSEWHERE
    assert wait_of(walker) is None


def test_a_participant_who_comes_back_after_an_hour_begins_a_new_wait_and_one_after_twenty_minutes_does_not() -> None:
    walker = at_the_game(completion=CODES)
    waits(walker, 6)
    walker.passes(minutes=60)
    assert set(waits(walker, 5)) == {Show.WAIT}
    walker.passes(minutes=20)
    assert waits(walker, 1)[-1] is Show.SERVER_FAILED


def test_a_long_wait_is_written_every_five_minutes_only() -> None:
    walker = at_the_game()
    records = set()
    for _ in range(90):
        walker.passes(seconds=10)
        walker.session_is(phase=Phase.STARTING)
        walker.get(step="2")
        assert walker.participant is not None
        records.add(walker.participant.waiting)
    assert len(records) <= 4


def test_a_server_that_dies_during_the_game_is_a_crash_and_a_first_start_is_none() -> None:
    walker = at_the_game()
    waits(walker, 1)
    assert wait_of(walker) == Wait(NOON, NOON)
    walker.session_is(ready=True)
    walker.get(step="2")
    walker.passes(minutes=5)
    walker.session_is(over=True, was_ready=True, ended_at=walker.at)
    assert walker.get(step="2") is Show.WAIT
    assert wait_of(walker) == Wait(walker.at, walker.at, crashed=True)


@pytest.mark.parametrize("ended_by", EndedBy)
def test_a_server_that_ended_for_a_reason_is_no_crash(ended_by: EndedBy) -> None:
    walker = at_the_game()
    walker.session_is(ready=True)
    walker.get(step="2")
    walker.session_is(over=True, was_ready=True, ended_by=ended_by, ended_at=walker.at)
    walker.get(step="2")
    walker.post(step="2")
    assert walker.participant is not None
    assert walker.participant.waiting is None or not walker.participant.waiting.crashed


def test_the_answer_says_since_when_the_wait_is_and_whom_to_write_to(world: MotoWorld) -> None:
    world.register(entry(researcher="A. Name", contact="a@example.org"))
    world.get()
    world.post()
    world.clock.advance(minutes=6)
    wait = world.get()["wait"]
    assert (wait["waitingSince"], wait["contact"]) == (NOON.isoformat(), "A. Name (a@example.org)")
    assert "crashed" not in wait
    assert world.record()["waiting"]["since"] == NOON.isoformat()


def test_a_client_that_shows_the_completion_gets_no_code_in_the_page_and_an_old_one_does(world: MotoWorld) -> None:
    world.register(entry(completion=CODES, language="de"))
    world.get()
    world.post()
    for _ in range(15):
        world.clock.advance(minutes=1)
        world.get()
    answer = world.get()
    assert (answer["notice"], answer["step"], answer["completion"]["code"]) == ("serverFailed", "finalStep", "C3")
    assert "Ihr Abschlusscode: C3" in answer["page"]
    assert "C3" not in world.get(here="1")["page"]
    assert world.record()["outcome"] == "serverFailed"
    assert world.received("stop")


def test_a_study_without_a_server_has_no_wait() -> None:
    walker = Walker(project(GAME_SECOND | {"2": "b.html"}))
    walker.get()
    walker.post()
    assert walker.participant is not None
    assert walker.participant.waiting is None
