"""Warm servers and the ledger of places: they have one only as long as no participant needs it."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from hippo_gym.sessions.capacity import Ledger, Place, Turn, admit, asked, spared
from hippo_gym.sessions.warm_names import is_warm, prefix_of, start, unguessable
from tests.support.moto_world import NOON

LINE = 5


def place(number: int, project: str = "a", *, warm: bool = False, most: int | None = None) -> Place:
    user = f"{prefix_of(project)}{number}" if warm else f"user-{number}"
    return Place(f"{'warm' if warm else 'session'}-{number}", project, user, NOON + timedelta(seconds=number), most)


def test_a_name_is_a_valid_user_id_that_no_participant_may_have() -> None:
    message = start("x" * 63, NOON, unguessable())
    assert is_warm(message.user_id)
    assert len(message.user_id) <= 48
    assert start("x" * 63, NOON, unguessable()) != message


def test_a_warm_server_gets_a_place_that_is_free() -> None:
    assert set(spared(Ledger(), place(1, warm=True), 1).taken) == {"warm-1"}


def test_a_warm_server_never_waits_in_line() -> None:
    full = spared(Ledger(), place(1, warm=True), 1)
    assert spared(full, place(2, warm=True), 1) == full


def test_a_warm_server_gets_no_place_while_a_session_is_in_line() -> None:
    ledger, _ = asked(Ledger(), place(1, most=1), None, LINE)
    ledger, turn = asked(ledger, place(2, most=1), None, LINE)
    assert turn is Turn.LINE
    assert spared(ledger, place(3, "b", warm=True), None) == ledger


def test_a_session_takes_the_place_of_a_warm_server() -> None:
    full = spared(Ledger(), place(1, warm=True), 1)
    after, turn = asked(full, place(2, "b"), 1, LINE)
    assert turn is Turn.PLACE
    assert (set(after.taken), [each.session_id for each in after.leaving]) == ({"session-2"}, ["warm-1"])
    assert after.without("warm-1").leaving == ()


def test_a_study_s_own_limit_takes_a_warm_server_of_that_study_only() -> None:
    ledger = spared(Ledger(), place(1, "b", warm=True), None)
    ledger = spared(ledger, place(2, "a", warm=True, most=1), None)
    after, turn = asked(ledger, place(3, "a", most=1), None, LINE)
    assert (turn, set(after.taken)) == (Turn.PLACE, {"warm-1", "session-3"})


def test_a_session_that_takes_a_warm_server_gets_its_place() -> None:
    full = spared(Ledger(), place(1, warm=True), 1)
    after = full.handing_over("warm-1", place(2))
    assert (set(after.taken), after.leaving) == ({"session-2"}, ())
    assert after.handing_over("warm-1", place(2)) == after, "the same again"


def test_a_place_that_another_session_took_cannot_be_handed_over() -> None:
    full = spared(Ledger(), place(1, warm=True), 1)
    after, _ = asked(full, place(2, "b"), 1, LINE)
    assert after.handing_over("warm-1", place(3)) == after


asks = st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.sampled_from((None, 1, 2))), max_size=20)


@given(asks, st.integers(1, 4))
def test_limits_hold_and_no_session_waits_for_a_warm_server(
    found: list[tuple[bool, str, int | None]], limit: int
) -> None:
    ledger = Ledger()
    for number, (warm, project, most) in enumerate(found):
        asking = place(number, project, warm=warm, most=most)
        ledger = spared(ledger, asking, limit) if warm else asked(ledger, asking, limit, LINE)[0]
        assert len(ledger.taken) <= limit
        assert not any(is_warm(each.user_id) for each in ledger.line)
        theirs = Ledger({name: each for name, each in ledger.taken.items() if not is_warm(each.user_id)}, ledger.line)
        assert len(admit(theirs, limit).taken) == len(theirs.taken), "a session waits although only warm ones are there"
