"""Limits on sessions per deployment and project, the line, and the order of places."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_gym.runtime.errors import Transient
from hippo_gym.sessions.capacity import KEY, Ledger, Place, PlacesInvalid, admit
from hippo_gym.sessions.converge import Outcome
from hippo_gym.sessions.messages import Start
from tests.support.moto_world import NOON, OTHER_SESSION, SESSION, MotoWorld, entry
from tests.unit.handlers.interposed import client_error, fails, interpose

THIRD_SESSION = "20261122-2222222222222222"

places = st.lists(
    st.builds(
        Place,
        session_id=st.integers(0, 30).map(str),
        project_id=st.sampled_from(("a", "b", "c")),
        user_id=st.just("ada"),
        requested_at=st.integers(0, 5).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        max_in_project=st.sampled_from((None, None, 1, 3)),
    ),
    unique_by=lambda place: place.session_id,
    max_size=20,
)
limits = st.one_of(st.none(), st.integers(1, 8))


def lined_up(waiting: list[Place]) -> Ledger:
    ledger = Ledger()
    for place in waiting:
        ledger = ledger.joined(place)
    return ledger


# --- which sessions get a place: pure ---


@given(places, limits)
def test_no_limit_is_ever_exceeded(waiting: list[Place], limit: int | None) -> None:
    taken = list(admit(lined_up(waiting), limit).taken.values())
    assert limit is None or len(taken) <= limit
    for place in taken:
        before = [other for other in taken if other.project_id == place.project_id and _earlier(other, place)]
        assert place.max_in_project is None or len(before) < place.max_in_project


@given(places, limits)
def test_no_session_is_lost_or_listed_twice(waiting: list[Place], limit: int | None) -> None:
    after = admit(lined_up(waiting), limit)
    names = [*after.taken, *(place.session_id for place in after.line)]
    assert sorted(names) == sorted(place.session_id for place in waiting)


@given(places, limits)
def test_a_session_waits_only_without_a_free_place(waiting: list[Place], limit: int | None) -> None:
    after = admit(lined_up(waiting), limit)
    for place in after.line:
        full = limit is not None and len(after.taken) >= limit
        in_project = sum(other.project_id == place.project_id for other in after.taken.values())
        assert full or (place.max_in_project is not None and in_project >= place.max_in_project)


@given(places, st.integers(1, 8))
def test_without_project_limits_the_first_to_come_gets_the_first_place(waiting: list[Place], limit: int) -> None:
    plain = [Place(each.session_id, each.project_id, "ada", each.requested_at) for each in waiting]
    after = admit(lined_up(plain), limit)
    assert all(_earlier(inside, outside) for inside in after.taken.values() for outside in after.line)


def _earlier(one: Place, other: Place) -> bool:
    return (one.requested_at, one.session_id) < (other.requested_at, other.session_id)


# --- sessions ---


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    """A deployment with room for one session."""
    world.register(entry(), entry("other"))
    world.max_sessions = 1
    return world


def wait_in_line(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=1)
    assert study.start(OTHER_SESSION, user="ben") is Outcome.IN_LINE


def test_beyond_the_limit_a_session_waits_in_line(study: MotoWorld) -> None:
    wait_in_line(study)
    assert (len(study.clusters()), study.session("ben")["admittedAt"]) == (1, None)


def test_a_session_in_line_has_no_resources(study: MotoWorld) -> None:
    wait_in_line(study)
    assert not any(study.session("ben")["seen"].values())


def test_the_end_of_a_session_starts_the_next_one(study: MotoWorld) -> None:
    wait_in_line(study)
    study.received("start")
    study.stop()
    assert [message["sessionId"] for message in study.received("start")] == [OTHER_SESSION]


def test_a_session_that_got_a_place_becomes_ready(study: MotoWorld) -> None:
    wait_in_line(study)
    study.stop()
    assert study.start(OTHER_SESSION, user="ben") is Outcome.READY


def test_the_runtime_of_a_server_counts_from_its_place(study: MotoWorld) -> None:
    wait_in_line(study)
    study.clock.advance(minutes=20)
    study.stop()
    now = study.clock.now()
    study.start(OTHER_SESSION, user="ben")
    assert study.session("ben")["stopAt"] == (now + timedelta(minutes=30)).isoformat()


def test_a_start_that_comes_again_while_in_line_changes_nothing(study: MotoWorld) -> None:
    wait_in_line(study)
    before = study.text(KEY)
    assert study.start(OTHER_SESSION, user="ben") is Outcome.IN_LINE
    assert study.text(KEY) == before


def test_a_stop_takes_a_session_out_of_line(study: MotoWorld) -> None:
    wait_in_line(study)
    study.stop(OTHER_SESSION, user="ben", delay=5)
    assert (study.ended(OTHER_SESSION)["failed"], study.json(KEY)["line"]) == (False, [])


def test_an_hour_in_line_is_a_failure_with_its_reason(study: MotoWorld) -> None:
    wait_in_line(study)
    study.clock.advance(minutes=61)
    study.sweep()
    assert study.ended(OTHER_SESSION)["reason"] == "no room within 60 minutes"


def test_a_failed_start_gives_its_place_back(study: MotoWorld) -> None:
    study.register(entry(ecsTask="missing"), entry("other"))
    with pytest.raises(Exception, match="missing"):
        study.start()
    assert study.json(KEY) == {"taken": [], "line": []}


def test_a_start_for_another_project_passes_the_place_on(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=1)
    assert study.start(OTHER_SESSION, project="other") is Outcome.READY


def test_a_session_that_waits_for_its_project_lets_others_pass(world: MotoWorld) -> None:
    world.register(entry(maxSessions=1), entry("other"))
    world.max_sessions = 2
    world.start()
    world.clock.advance(seconds=1)
    assert world.start(OTHER_SESSION, user="ben") is Outcome.IN_LINE
    world.clock.advance(seconds=1)
    assert world.start(THIRD_SESSION, user="cleo", project="other") is Outcome.READY


def test_a_project_s_limit_holds_without_one_of_the_deployment(world: MotoWorld) -> None:
    world.register(entry(maxSessions=1), entry("other"))
    world.start()
    world.clock.advance(seconds=1)
    assert world.start(OTHER_SESSION, user="ben") is Outcome.IN_LINE


def test_without_limits_there_is_no_ledger(world: MotoWorld) -> None:
    world.register(entry())
    world.start()
    world.sweep()
    assert world.keys("_sessions/places") == []


def test_after_a_raised_limit_the_next_sweep_gives_places(study: MotoWorld) -> None:
    wait_in_line(study)
    study.received("start")
    study.max_sessions = 2
    study.sweep()
    assert [message["sessionId"] for message in study.received("start")] == [OTHER_SESSION]


def test_after_a_removed_limit_the_next_start_needs_no_place(study: MotoWorld) -> None:
    wait_in_line(study)
    study.max_sessions = None
    assert study.start(OTHER_SESSION, user="ben") is Outcome.READY


def test_the_sweeper_publishes_a_lost_start_of_the_next_in_line_again(study: MotoWorld) -> None:
    wait_in_line(study)
    study.stop()
    study.received("start")
    study.clock.advance(minutes=5)
    study.sweep()
    assert [message["sessionId"] for message in study.received("start")] == [OTHER_SESSION]


def test_the_sweeper_does_not_start_sessions_in_line(study: MotoWorld) -> None:
    wait_in_line(study)
    study.received("start")
    study.clock.advance(minutes=5)
    assert (study.sweep().sessions, study.received("start")) == ({"ready": 1, "in line": 1}, [])


# --- the sweeper corrects the ledger by the records ---


def test_a_place_of_a_session_that_is_over_is_free_again_after_two_sweeps(study: MotoWorld) -> None:
    wait_in_line(study)
    study.clients.s3.delete_object(Bucket="projects.example", Key="_sessions/live/ada.json")
    study.received("start")
    study.sweep_twice()
    assert [message["sessionId"] for message in study.received("start")] == [OTHER_SESSION]


def test_a_live_session_that_is_not_in_the_ledger_is_put_back(study: MotoWorld) -> None:
    study.start()
    study.clients.s3.delete_object(Bucket="projects.example", Key=KEY)
    study.sweep()
    assert [place["sessionId"] for place in study.json(KEY)["taken"]] == [SESSION]


def test_a_session_that_ends_in_a_sweep_is_not_put_back(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(minutes=31)
    study.sweep()
    assert study.json(KEY)["taken"] == []


@pytest.mark.parametrize("broken", ["", "{", "[]", "{}", '{"taken": [{}], "line": []}', '{"taken": 7, "line": []}'])
def test_an_unreadable_ledger_raises_with_instructions(study: MotoWorld, broken: str) -> None:
    study.put(KEY, broken)
    with pytest.raises(PlacesInvalid, match="delete it"):
        study.start()


def test_an_unreadable_ledger_does_not_prevent_the_end_of_a_session(study: MotoWorld) -> None:
    study.start()
    study.put(KEY, "{")
    with pytest.raises(PlacesInvalid):
        study.stop()
    assert study.tasks() == []


def test_a_ledger_that_other_functions_change_all_the_time_is_transient(study: MotoWorld) -> None:
    busy = fails(client_error("PreconditionFailed"), when=lambda arguments: arguments["Key"] == KEY)
    interpose(study, "s3", put_object=busy)
    with pytest.raises(Transient):
        study.start()


# --- what a participant sees ---


def join(study: MotoWorld, user: str = "ben") -> str:
    """Bring a participant to the game, and their session into the line."""
    study.get(user)
    study.post(user)
    (message,) = [start for start in study.received("start") if start["userId"] == user]
    study.starting().start(Start("study", user, message["sessionId"], study.clock.now()), study.seconds(300))
    return str(message["sessionId"])


def test_a_get_in_line_shows_the_page_of_the_line(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=1)
    join(study)
    page = study.get("ben")["page"]
    assert "You are in line" in page
    assert "You may exit now" not in page


def test_a_post_in_line_is_answered_wait_so_that_old_clients_poll(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=1)
    join(study)
    assert study.post("ben")["page"] == "wait"


def test_the_answer_says_how_many_are_before_the_participant(study: MotoWorld) -> None:
    study.start()
    for user in ("ben", "cleo"):
        study.clock.advance(seconds=1)
        join(study, user)
    waits = [study.get(user)["wait"] for user in ("ben", "cleo")]
    assert [(wait["state"], wait["ahead"], wait["askAgainAfter"]) for wait in waits] == [
        ("queued", 0, 10),
        ("queued", 1, 10),
    ]
    assert "1 person is before you" in study.get("cleo")["page"]


def test_a_poll_in_line_writes_nothing(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=1)
    join(study)
    before = study.text("study/Users/ben")
    study.get("ben")
    assert study.text("study/Users/ben") == before


def test_a_participant_gets_an_answer_although_the_ledger_is_unreadable(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=1)
    join(study)
    study.put(KEY, json.dumps([]))
    assert "You are in line" in study.get("ben")["page"]


def test_a_participant_who_got_a_place_sees_the_game(study: MotoWorld) -> None:
    study.start()
    study.clock.advance(seconds=1)
    session = join(study)
    study.stop()
    study.start(session, user="ben")
    assert study.get("ben")["page"] == "show_game_page"
