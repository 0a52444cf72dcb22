"""Properties of the step machine for any valid project and any order of requests."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from hippo_gym.participants.decisions import Request, SessionView, Show
from hippo_gym.sessions.messages import Start, Stop
from hippo_gym.studies.projects import FINAL, Project
from tests.support.moto_world import NOON
from tests.unit.handlers.participants.walker import Walker, project


@dataclass(frozen=True)
class Move:
    """One request of a browser, and the state of the session at that time."""

    is_post: bool
    names: str
    again: bool
    seconds: int
    session: str


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """Any valid project: gaps, null steps, any number of games, any events, no finalStep."""
    numbers = draw(st.sets(st.integers(2, 12), max_size=6))
    kinds = st.sampled_from(["a.html", "b.html", "game", None])
    steps: dict[str, str | None] = {str(number): draw(kinds) for number in sorted({1} | numbers)}
    if draw(st.booleans()):
        steps["finalStep"] = draw(st.sampled_from(["thanks.html", None]))
    event = st.none() | st.integers(1, 15)
    return project(steps, start=draw(event), stop=draw(event), delay=draw(st.integers(0, 3)))


moves = st.lists(
    st.builds(
        Move,
        is_post=st.booleans(),
        names=st.sampled_from(["nothing", "nothing", "current", "current", "another", "nonsense"]),
        again=st.sampled_from([False, False, False, True]),
        seconds=st.sampled_from([0, 1, 20, 100, 2000]),
        session=st.sampled_from(["unknown", "starting", "ready", "ready", "stopping", "over", "ended"]),
    ),
    max_size=30,
)


@dataclass(frozen=True)
class Moved:
    """A request and its result."""

    request: Request
    before: Walker
    after: Walker


def walked(made: Project, does: list[Move]) -> list[Moved]:
    """Walk through a project and return every request with the participant before and after it."""
    walker = Walker(made)
    walker.get()
    history: list[Moved] = [Moved(walker.request(is_post=False), Walker(made), replace(walker))]
    last: Request | None = None
    for move in does:
        walker.passes(seconds=move.seconds)
        walker.view = seen(walker, move.session)
        request = (
            last if move.again and last is not None else walker.request(is_post=move.is_post, step=named(walker, move))
        )
        before = replace(walker, messages=list(walker.messages))
        walker.send(request)
        history.append(Moved(request, before, replace(walker, messages=list(walker.messages))))
        last = request
    return history


def named(walker: Walker, move: Move) -> str | None:
    others = [str(number) for number in walker.project.steps if str(number) != walker.step]
    return {
        "nothing": None,
        "current": walker.step,
        "another": others[-1] if others else "99",
        "nonsense": "x",
    }[move.names]


def seen(walker: Walker, session: str) -> SessionView:
    asked = walker.participant.session if walker.participant else None
    if asked is None or session == "unknown":
        return SessionView()
    return {
        "starting": SessionView(asked.id, touched_at=walker.at),
        "ready": SessionView(asked.id, ready=True, touched_at=walker.at),
        "stopping": SessionView(asked.id, stopping=True, touched_at=walker.at),
        "over": SessionView(over=True),
        "ended": SessionView(over=True, ended_at=NOON),
    }[session]


def is_stopped(walker: Walker) -> bool:
    asked = walker.participant.session if walker.participant else None
    return asked is not None and asked.stop_requested


def position(walker: Walker) -> int:
    return walker.participant.position if walker.participant else 0


@given(projects(), moves)
def test_a_position_never_decreases(made: Project, does: list[Move]) -> None:
    assert all(position(moved.after) >= position(moved.before) for moved in walked(made, does))


@given(projects(), moves)
def test_a_request_advances_by_one_step_at_most(made: Project, does: list[Move]) -> None:
    for moved in walked(made, does):
        assert position(moved.after) <= made.after(position(moved.before))


@given(projects(), moves)
def test_a_get_advances_only_when_it_names_nothing_after_the_game_was_shown(made: Project, does: list[Move]) -> None:
    for moved in walked(made, does)[1:]:
        if not moved.request.is_post and position(moved.after) != position(moved.before):
            assert moved.before.participant is not None
            assert (moved.before.participant.game_shown, moved.request.step) == (True, None)


@given(projects(), moves)
def test_a_post_that_names_another_step_never_advances(made: Project, does: list[Move]) -> None:
    for moved in walked(made, does)[1:]:
        if moved.request.step not in (None, position(moved.before)):
            assert position(moved.after) == position(moved.before)


@given(projects(), moves)
def test_the_final_step_is_never_left(made: Project, does: list[Move]) -> None:
    for moved in walked(made, does):
        if position(moved.before) == FINAL:
            assert position(moved.after) == FINAL


@given(projects(), moves)
def test_a_game_is_left_only_after_it_was_shown(made: Project, does: list[Move]) -> None:
    for moved in walked(made, does)[1:]:
        assert moved.before.participant is not None
        left = position(moved.after) != position(moved.before)
        if left and made.is_game(position(moved.before)):
            assert moved.before.participant.game_shown


@given(projects(), moves, st.booleans())
def test_a_request_decided_twice_never_advances_twice(made: Project, does: list[Move], is_post: bool) -> None:
    walker = walked(made, does)[-1].after
    request = walker.request(is_post=is_post, request_id="the same")
    walker.send(request)
    once = position(walker)
    walker.send(request)
    assert position(walker) == once


@given(projects(), moves, st.booleans(), st.booleans())
def test_two_simultaneous_requests_advance_by_one_step_at_most(
    made: Project, does: list[Move], first_posts: bool, second_posts: bool
) -> None:
    walker = walked(made, does)[-1].after
    found_at = made.at_or_after(position(walker))
    assert walker.participant is not None
    shown = walker.participant.game_shown
    lost = walker.request(is_post=second_posts, request_id="lost the race")
    walker.post(request_id="won the race") if first_posts else walker.get()
    walker.send(replace(lost, expected=(found_at, shown)))
    assert position(walker) <= made.after(found_at)


@given(projects(), moves)
def test_every_answer_is_kept_once(made: Project, does: list[Move]) -> None:
    history = walked(made, does)
    final = history[-1].after.participant
    assert final is not None
    kept = [entry["requestContext"]["requestId"] for entry in final.requests if entry["httpMethod"] == "POST"]
    sent = [moved.request.id for moved in history[1:] if moved.request.is_post]
    assert kept == list(dict.fromkeys(sent))


@given(projects(), moves)
def test_every_start_of_a_session_is_the_same(made: Project, does: list[Move]) -> None:
    starts = walked(made, does)[-1].after.starts
    assert len(set(starts)) == len({start.session_id for start in starts})


@given(projects(), moves)
def test_session_numbers_grow_by_one_with_each_new_session(made: Project, does: list[Move]) -> None:
    walker = walked(made, does)[-1].after
    assert walker.participant is not None
    number = walker.participant.session.number if walker.participant.session else 0
    assert number == len({start.session_id for start in walker.starts})


@given(projects(), moves)
def test_a_session_is_stopped_once_and_again_only_while_a_game_waits_for_its_end(
    made: Project, does: list[Move]
) -> None:
    for moved in walked(made, does):
        before = {stop.session_id for stop in moved.before.stops}
        new = [stop.session_id for stop in moved.after.stops[len(moved.before.stops) :]]
        assert not before & set(new) or (made.is_game(position(moved.after)), moved.after.show) == (True, Show.WAIT)


@given(projects(), moves)
def test_only_requested_sessions_are_stopped(made: Project, does: list[Move]) -> None:
    asked: set[str | None] = set()
    for message in walked(made, does)[-1].after.messages:
        if isinstance(message, Start):
            asked.add(message.session_id)
        else:
            assert isinstance(message, Stop)
            assert message.session_id in asked


@given(projects(), moves)
def test_a_participant_who_needs_no_server_has_none_that_was_not_stopped(made: Project, does: list[Move]) -> None:
    for moved in walked(made, does):
        participant = moved.after.participant
        assert participant is not None
        if not made.wants_server(participant.position):
            assert participant.session is None or participant.session.stop_requested


@given(projects(), moves)
def test_a_session_is_requested_for_every_participant_who_should_have_a_server(made: Project, does: list[Move]) -> None:
    for moved in walked(made, does):
        participant = moved.after.participant
        assert participant is not None
        if made.wants_server(participant.position):
            assert participant.session is not None


@given(projects())
def test_every_participant_reaches_the_end(made: Project) -> None:
    walker = Walker(made)
    walker.get()
    for _ in range(2 * len(made.steps) + 2):
        walker.view = seen(walker, "over" if is_stopped(walker) else "ready")
        walker.post()
    assert walker.step == "finalStep"


@given(projects())
def test_at_the_end_there_are_as_many_stops_as_sessions(made: Project) -> None:
    walker = Walker(made)
    walker.get()
    for _ in range(2 * len(made.steps) + 2):
        walker.view = seen(walker, "over" if is_stopped(walker) else "ready")
        walker.post()
    assert {start.session_id for start in walker.starts} == {stop.session_id for stop in walker.stops}
