"""The rules of the step machine for steps and answers (docs/architecture.md, "A request to /next")."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hippo_gym.participants.decisions import Show
from tests.unit.handlers.participants.walker import GAME_SECOND, Walker, at_the_game, in_numbers, project

PAGES = in_numbers("a.html", "b.html", "c.html")


# --- advancing ---


@pytest.mark.parametrize("is_post", [False, True])
def test_a_first_visit_serves_step_1(is_post: bool) -> None:
    walker = Walker(project(PAGES, start=None))
    walker.send(walker.request(is_post=is_post))
    assert (walker.step, walker.show) == ("1", Show.PAGE)


def test_a_first_visit_serves_the_lowest_step_that_is_not_null() -> None:
    walker = Walker(project({"1": None, "3": "c.html"}, start=None))
    walker.get()
    assert walker.step == "3"


def test_an_answer_on_a_first_visit_is_kept() -> None:
    walker = Walker(project(PAGES, start=None))
    walker.post()
    assert walker.participant is not None
    assert [kept["httpMethod"] for kept in walker.participant.requests] == ["POST"]


def test_a_post_serves_the_next_step() -> None:
    walker = Walker(project(PAGES, start=None))
    walker.get()
    walker.post()
    assert walker.step == "2"


def test_a_get_re_serves_the_current_step() -> None:
    walker = Walker(project(PAGES, start=None))
    walker.get()
    walker.get()
    assert walker.step == "1"


def test_a_post_that_names_the_current_step_advances() -> None:
    walker = Walker(project(PAGES, start=None))
    walker.get()
    walker.post("1")
    assert walker.step == "2"


@pytest.mark.parametrize("named", ["2", "3", "finalStep", "99", "", "zero", "-1", "1.0", "9" * 5000, "\u0661"])
def test_a_post_that_names_another_step_or_none_at_all_advances_nothing(named: str) -> None:
    walker = Walker(project(PAGES, start=None))
    walker.get()
    walker.post(named)
    assert walker.step == "1"


def test_a_post_for_another_step_is_kept_as_not_accepted() -> None:
    walker = Walker(project(PAGES, start=None))
    walker.get()
    walker.post("3")
    assert walker.participant is not None
    assert walker.participant.requests[-1]["accepted"] is False


def test_an_accepted_answer_is_kept_with_the_step_that_it_answers() -> None:
    walker = Walker(project(PAGES, start=None))
    walker.get()
    walker.post()
    assert walker.participant is not None
    last = walker.participant.requests[-1]
    assert (last["step"], last["accepted"]) == ("1", True)


def test_missing_steps_are_skipped() -> None:
    walker = Walker(project({"1": "a.html", "2": None, "7": "g.html"}, start=None))
    walker.get()
    walker.post()
    assert walker.step == "7"


def test_the_final_step_follows_the_last_number_and_stays() -> None:
    walker = Walker(project(in_numbers("a.html"), start=None))
    walker.get()
    steps = []
    for _ in range(4):
        walker.post()
        steps.append(walker.step)
    assert steps == ["finalStep"] * 4


def test_the_same_request_twice_advances_once() -> None:
    walker = Walker(project(PAGES, start=None))
    walker.get()
    walker.post(request_id="the same")
    walker.post(request_id="the same")
    assert walker.step == "2"


def test_the_same_request_twice_is_kept_once() -> None:
    walker = Walker(project(PAGES, start=None))
    walker.get()
    walker.post(request_id="the same")
    walker.post(request_id="the same")
    assert walker.participant is not None
    assert len(walker.participant.requests) == 2


def test_a_request_that_lost_a_race_to_one_that_advanced_does_not_advance_too() -> None:
    walker = Walker(project(PAGES, start=None))
    walker.get()
    late = replace(walker.request(is_post=True), expected=(1, False))
    walker.post()
    walker.send(late)
    assert walker.step == "2"


def test_a_request_that_lost_a_race_to_one_that_did_not_advance_still_advances() -> None:
    walker = Walker(project(PAGES, start=None))
    walker.get()
    late = replace(walker.request(is_post=True), expected=(1, False))
    walker.get()
    walker.send(late)
    assert walker.step == "2"


# --- the game ---


def test_the_game_is_answered_wait_until_the_session_is_ready() -> None:
    walker = at_the_game()
    walker.session_is(ready=False)
    assert [walker.get() for _ in range(3)] == [Show.WAIT] * 3


def test_the_game_is_shown_once_the_session_is_ready() -> None:
    walker = at_the_game()
    walker.session_is(ready=True)
    assert walker.get() is Show.GAME


def test_an_answer_that_leads_to_a_ready_game_shows_it_immediately() -> None:
    walker = Walker(project(GAME_SECOND))
    walker.get()
    walker.session_is(ready=True)
    assert walker.post() is Show.GAME


def test_polls_that_are_answered_wait_are_not_kept() -> None:
    walker = at_the_game()
    before = walker.participant
    for _ in range(3):
        walker.get()
    assert walker.participant == before


def test_a_post_while_waiting_advances_nothing() -> None:
    walker = at_the_game()
    walker.post()
    assert walker.step == "2"


@pytest.mark.parametrize(
    ("is_post", "named", "step"),
    [
        (False, None, "3"),
        (False, "2", "2"),
        (False, "1", "2"),
        (True, None, "3"),
        (True, "2", "3"),
        (True, "1", "2"),
    ],
)
def test_once_shown_a_game_ends_by_a_plain_get_or_an_answer_to_it(is_post: bool, named: str | None, step: str) -> None:
    walker = at_the_game()
    walker.session_is(ready=True)
    walker.get()
    walker.send(walker.request(is_post=is_post, step=named))
    assert walker.step == step


def test_a_game_whose_session_is_gone_after_it_was_shown_still_ends_by_a_plain_get() -> None:
    walker = at_the_game()
    walker.session_is(ready=True)
    walker.get()
    walker.session_is(over=True)
    walker.get()
    assert walker.step == "3"


def test_two_games_in_a_row_are_both_shown() -> None:
    walker = Walker(project(in_numbers("a.html", "game", "game", "d.html"), stop=4))
    walker.get()
    walker.session_is(ready=True)
    assert [walker.post(), walker.step, walker.get(), walker.step] == [Show.GAME, "2", Show.GAME, "3"]


def test_a_game_without_a_start_step_starts_its_server() -> None:
    walker = Walker(project(GAME_SECOND, start=None, stop=None))
    walker.get()
    before = len(walker.starts)
    walker.post()
    assert (before, len(walker.starts)) == (0, 1)
