"""The rules of the step machine for the server of a game: when a request starts and stops it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from hippo_gym.participants.decisions import Show
from hippo_gym.participants.records import Participant
from hippo_gym.participants.servers import FAILURES_SHOWN
from hippo_gym.participants.steps import decide
from hippo_gym.studies.projects import FINAL
from tests.unit.handlers.participants.walker import GAME_SECOND, Walker, at_the_game, in_numbers, project


def after_the_game() -> Walker:
    walker = at_the_game()
    walker.session_is(ready=True)
    walker.get()
    walker.get()
    return walker


# --- starting ---


def test_a_first_visit_at_the_start_step_requests_a_session() -> None:
    walker = Walker(project(GAME_SECOND, start=1))
    walker.get()
    assert len(walker.starts) == 1


def test_no_visit_between_start_and_game_requests_a_second_session() -> None:
    walker = Walker(project(in_numbers("a.html", "b.html", "game"), start=1, stop=None))
    for call in (walker.get, walker.get, walker.post, walker.get, walker.post, walker.get):
        call()
    assert len({start.session_id for start in walker.starts}) == 1


def test_a_session_that_failed_is_followed_by_another_after_a_pause() -> None:
    walker = at_the_game()
    walker.session_is(over=True)
    walker.get()
    before = len(walker.starts)
    walker.passes(seconds=16)
    walker.get()
    first, second = walker.starts
    assert (before, first.session_id != second.session_id) == (1, True)


def test_repeatedly_failing_sessions_are_shown() -> None:
    walker = at_the_game()
    for _ in range(FAILURES_SHOWN):
        walker.session_is(over=True)
        walker.passes(hours=1)
        walker.get()
    walker.session_is(over=True)
    assert walker.get() is Show.SERVER_FAILED


def test_repeatedly_failing_sessions_are_requested_with_growing_pauses() -> None:
    walker = at_the_game(maxServersPerParticipant=100)
    asked = []
    for second in range(20_000):
        walker.session_is(over=True, ended_at=walker.starts[-1].requested_at)
        before = len(walker.starts)
        walker.get()
        if len(walker.starts) > before:
            asked.append(second)
        walker.passes(seconds=1)
    pauses = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 3601


def test_the_pause_counts_from_the_end_of_the_failed_session() -> None:
    walker = at_the_game()
    shown = []
    for _ in range(6):
        walker.passes(minutes=15)
        ended_at = walker.at
        walker.session_is(over=True, ended_at=ended_at)
        shown.append(walker.get())
        assert len(walker.starts) == len(shown)
        while len(walker.starts) == len(shown):
            walker.passes(seconds=10)
            walker.get()
    assert shown == [Show.SERVER_FAILED] * 6  # each time, the wait is 15 minutes long


def test_a_participant_sees_the_failure_while_their_server_is_retried() -> None:
    walker = at_the_game()
    for _ in range(FAILURES_SHOWN):
        walker.session_is(over=True, ended_at=walker.at - timedelta(hours=2))
        walker.get()
    walker.session_is(ready=False)
    assert walker.get() is Show.SERVER_FAILED
    walker.session_is(ready=True)
    assert walker.get() is Show.GAME


def test_of_two_plain_gets_at_the_moment_the_server_is_ready_neither_ends_the_game() -> None:
    walker = at_the_game()
    walker.session_is(ready=True)
    late = replace(walker.request(is_post=False), expected=(2, False))
    walker.get()
    assert walker.send(late) is Show.GAME


def test_an_abandoned_session_is_requested_again() -> None:
    walker = at_the_game()
    walker.session_is(ready=False)
    walker.passes(seconds=91)
    walker.get()
    assert [start.session_id for start in walker.starts] == [walker.starts[0].session_id] * 2


def test_a_game_whose_server_was_lost_while_it_was_shown_waits_for_another() -> None:
    walker = at_the_game()
    walker.session_is(ready=True)
    walker.get()
    walker.session_is(over=True)
    walker.passes(minutes=5)
    assert (walker.get("2"), len(walker.starts)) == (Show.WAIT, 2)


def test_a_stop_step_before_a_second_game_gives_each_game_its_own_session() -> None:
    walker = Walker(project(in_numbers("game", "b.html", "game", "d.html"), start=1, stop=2))
    walker.get()
    walker.session_is(ready=True)
    walker.get()
    walker.get()
    walker.session_is(over=True)
    walker.post()
    assert (len({start.session_id for start in walker.starts}), len(walker.stops)) == (2, 1)


def between_two_games(**changes: object) -> Walker:
    """Bring a participant to the page between two games, with a long stop delay."""
    walker = Walker(project(in_numbers("a.html", "game", "c.html", "game", "e.html"), stop=3, delay=5, **changes))
    walker.get()
    walker.post()
    walker.session_is(ready=True)
    walker.get()
    walker.get()
    return walker


def test_a_stop_before_a_second_game_is_not_delayed() -> None:
    assert [stop.delay for stop in between_two_games().stops] == [0]


def test_a_stop_after_the_last_game_is_delayed() -> None:
    walker = between_two_games()
    walker.session_is(over=True)
    walker.post()
    walker.session_is(ready=True)
    walker.get()
    walker.get()
    assert [(stop.session_id, stop.delay) for stop in walker.stops] == [
        (start.session_id, delay) for start, delay in zip(walker.starts, (0, 5), strict=True)
    ]


def test_a_second_game_never_shows_the_server_that_will_stop() -> None:
    walker = between_two_games()
    seen = [walker.post(), walker.get()]
    walker.session_is(ready=True, stopping=True)
    seen.append(walker.get())
    walker.session_is(over=True)
    seen.append(walker.get())
    assert (seen, len(walker.starts)) == ([Show.WAIT] * 4, 2)
    walker.session_is(ready=True)
    assert walker.get() is Show.GAME


def test_a_lost_stop_before_a_second_game_is_published_again() -> None:
    walker = between_two_games()
    walker.post()
    assert [(stop.session_id, stop.delay) for stop in walker.stops] == [(walker.starts[0].session_id, 0)] * 2


def test_a_stop_names_the_live_session_even_if_another_was_requested() -> None:
    walker = at_the_game()
    walker.session_is(live_id="20261122-1111111111111111", ready=True)
    walker.get()
    walker.get()
    assert walker.participant is not None
    assert walker.participant.session is not None
    assert (walker.stops[0].session_id, walker.participant.session.id) == ("20261122-1111111111111111",) * 2


# --- stopping ---


def test_the_stop_names_the_session() -> None:
    walker = after_the_game()
    assert [stop.session_id for stop in walker.stops] == [walker.starts[0].session_id]


def test_a_session_is_stopped_once() -> None:
    walker = after_the_game()
    for call in (walker.get, walker.post, walker.get, walker.post):
        call()
    assert len(walker.stops) == 1


def test_a_session_that_is_over_is_not_stopped() -> None:
    walker = at_the_game()
    walker.session_is(ready=True)
    walker.get()
    walker.session_is(over=True)
    walker.get()
    walker.get()
    assert walker.stops == []


def test_the_stop_carries_the_project_s_delay() -> None:
    walker = at_the_game(delay=7)
    walker.session_is(ready=True)
    walker.get()
    walker.get()
    assert walker.stops[0].delay == 7


@pytest.mark.parametrize(
    ("start", "stop", "steps_with_a_server"),
    [
        (1, 4, ["1", "2", "3"]),
        (1, 3, ["1", "2"]),
        (2, 2, ["2"]),
        (1, 1, ["1", "2"]),
        (2, 1, ["2"]),
        (1, 99, ["1", "2", "3", "4"]),
        (1, None, ["1", "2", "3", "4"]),
        (None, None, ["2"]),
        (None, 4, ["2"]),
        (3, 4, ["2", "3"]),
        (9, 9, ["2"]),
    ],
)
def test_a_server_is_wanted_from_the_start_step_past_the_game_up_to_the_stop_step(
    start: int | None, stop: int | None, steps_with_a_server: list[str]
) -> None:
    made = project(in_numbers("a.html", "game", "c.html", "d.html"), start=start, stop=stop)
    wanted = [str(number) for number in made.steps if made.wants_server(number)]
    assert (wanted, made.wants_server(FINAL)) == (steps_with_a_server, False)


def test_a_participant_who_skipped_the_stop_step_is_stopped_at_the_next_visit() -> None:
    walker = at_the_game()
    assert walker.participant is not None
    walker.participant = replace(walker.participant, position=FINAL)
    walker.get()
    assert len(walker.stops) == 1


def test_a_participant_record_without_any_time_gets_a_session_named_after_this_day() -> None:
    made = project(GAME_SECOND)
    walker = Walker(made, Participant(made.id, "ada", "long ago", 1))
    walker.get()
    assert walker.starts[0].session_id.startswith("20261122-")


def test_decide_does_not_change_its_arguments() -> None:
    walker = at_the_game()
    before = replace(walker.participant) if walker.participant else None
    decide(walker.participant, walker.project, walker.request(is_post=True), walker.view)
    assert walker.participant == before
