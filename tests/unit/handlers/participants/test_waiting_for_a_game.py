"""How long a participant waits at the game: measured once for each wait, with no request of its own."""

from __future__ import annotations

from datetime import timedelta

from hippo_gym.participants.decisions import Decision
from hippo_gym.participants.server_history import Servers
from tests.support.moto_world import NOON
from tests.unit.handlers.participants.walker import GAME_SECOND, Walker, at_the_game, in_numbers, project


def polled(walker: Walker) -> Decision:
    """Send a poll, and return its decision."""
    decision = walker.decide(walker.request(is_post=False))
    walker.participant = decision.participant
    return decision


def servers(walker: Walker) -> Servers:
    assert walker.participant is not None
    return walker.participant.servers


def test_the_wait_counts_from_coming_to_the_game() -> None:
    walker = Walker(project(in_numbers("a.html", "b.html", "game"), start=1, stop=None))
    walker.get()
    walker.post()
    walker.passes(minutes=5)  # reading, while the server starts
    walker.post()
    walker.passes(seconds=40)
    walker.session_is(ready=True)
    decision = polled(walker)
    assert decision.waited == 40
    assert (servers(walker).came_at, servers(walker).playing_at) == (NOON + timedelta(minutes=5), walker.at)


def test_a_server_that_was_up_makes_no_wait() -> None:
    walker = Walker(project(in_numbers("a.html", "b.html", "game"), start=1, stop=None))
    walker.get()
    walker.post()
    walker.session_is(ready=True)
    walker.passes(minutes=5)
    decision = walker.decide(walker.request(is_post=True))
    assert decision.waited == 0


def test_a_poll_that_waits_changes_the_record_no_more_than_once() -> None:
    walker = at_the_game()
    walker.session_is()
    before = servers(walker)
    walker.passes(seconds=3)
    assert polled(walker).participant.servers == before


def test_polls_of_a_participant_who_plays_measure_nothing() -> None:
    walker = at_the_game()
    walker.session_is(ready=True)
    assert polled(walker).waited is not None
    walker.passes(minutes=1)
    before = servers(walker)
    again = walker.decide(walker.request(is_post=False, step="2"))
    assert (again.waited, again.participant.servers) == (None, before)


def test_a_record_of_the_last_release_at_its_game_measures_nothing() -> None:
    walker = at_the_game()
    walker.session_is(ready=True)
    shown = polled(walker).participant
    walker.participant = type(shown)(**{**vars(shown), "servers": Servers(shown=walker.starts[-1].session_id)})
    assert walker.decide(walker.request(is_post=False, step="2")).waited is None


def test_a_server_that_aws_took_away_makes_another_wait() -> None:
    walker = at_the_game()
    walker.session_is(ready=True)
    polled(walker)
    walker.passes(minutes=5)
    walker.session_is(ready=False)
    walker.send(walker.request(is_post=False, step="2"))
    walker.passes(seconds=50)
    walker.session_is(ready=True)
    assert walker.decide(walker.request(is_post=False, step="2")).waited == 50


def test_the_second_game_has_a_wait_of_its_own() -> None:
    walker = Walker(project(in_numbers("game", "b.html", "game"), start=1, stop=None))
    walker.get()
    walker.session_is(ready=True)
    assert polled(walker).waited is not None
    walker.post()
    walker.passes(minutes=2)
    walker.session_is(ready=False)
    walker.post()
    walker.passes(seconds=7)
    walker.session_is(ready=True)
    assert polled(walker).waited == 7


def test_a_study_s_first_page_is_no_wait() -> None:
    walker = Walker(project(GAME_SECOND))
    walker.get()
    assert servers(walker).came_at is None
