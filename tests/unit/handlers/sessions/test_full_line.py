"""The line for a place has a greatest length; who comes then keeps their rank for a later visit."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_gym.sessions.capacity import KEY, Ledger, Place, Turn, asked
from hippo_gym.sessions.converge import Outcome
from hippo_gym.sessions.messages import Start
from tests.support.moto_world import NOON, OTHER_SESSION, SESSION, MotoWorld, entry
from tests.unit.handlers.interposed import interpose

THIRD_SESSION = "20261122-2222222222222222"
FOURTH_SESSION = "20261122-3333333333333333"


def place(number: int, project: str = "study", most: int | None = None) -> Place:
    return Place(f"s{number}", project, f"u{number}", NOON + timedelta(seconds=number), most)


# --- the rule: pure ---


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 5), st.integers(1, 10))
def test_neither_places_nor_the_line_exceed_their_limits(come: list[int], limit: int, max_line: int) -> None:
    ledger = Ledger()
    for number in come:
        ledger, turn = asked(ledger, place(number), limit, max_line)
        assert len(ledger.taken) <= limit
        assert len(ledger.line) <= max_line
        assert (turn is Turn.PLACE) == (f"s{number}" in ledger.taken)
        assert (turn is Turn.LINE) == (ledger.ahead(f"s{number}") is not None)


def test_a_session_in_line_stays_there_when_it_asks_again() -> None:
    ledger = Ledger()
    for number in range(3):
        ledger, _ = asked(ledger, place(number), 1, 2)
    assert [asked(ledger, place(number), 1, 2)[1] for number in range(4)] == [
        Turn.PLACE,
        Turn.LINE,
        Turn.LINE,
        Turn.REFUSED,
    ]


def test_after_a_lowered_limit_all_stay_in_line() -> None:
    ledger = Ledger()
    for number in range(5):
        ledger, _ = asked(ledger, place(number), 1, 4)
    assert asked(ledger, place(4), 1, 2) == (ledger, Turn.LINE)


def test_a_full_line_of_one_project_does_not_keep_others_from_a_free_place() -> None:
    ledger = Ledger()
    for number in range(3):
        ledger, _ = asked(ledger, place(number, "small", 1), 10, 2)
    assert asked(ledger, place(3, "small", 1), 10, 2)[1] is Turn.REFUSED
    assert asked(ledger, place(4, "other"), 10, 2)[1] is Turn.PLACE


def test_who_came_first_goes_first_after_a_refusal() -> None:
    early, later = place(0), place(3)
    full = Ledger({"s1": place(1)}, (place(2), later))
    assert asked(full, early, 1, 2)[1] is Turn.REFUSED
    assert asked(Ledger({"s2": place(2)}, (later,)), early, 1, 2)[0].line == (early, later)


# --- sessions ---


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    """One place, which is taken, and a line for one, which is taken, too."""
    world.register(entry())
    world.max_sessions, world.max_line = 1, 1
    for session, user in ((SESSION, "ada"), (OTHER_SESSION, "ben")):
        world.start(session, user=user)
        world.clock.advance(seconds=1)
    return world


def written(study: MotoWorld, key: str) -> list[int]:
    """Return the size of each version of an object."""
    listed = study.clients.s3.list_object_versions(Bucket="projects.example", Prefix=key)
    return [version["Size"] for version in listed.get("Versions", [])]


def test_a_session_that_finds_the_line_full_ends_without_a_failure(study: MotoWorld) -> None:
    before = study.text(KEY)
    assert study.start(THIRD_SESSION, user="cleo") is Outcome.OVER
    ended: Any = study.json(f"_sessions/ended/study/2026-11-22/{THIRD_SESSION}.json")
    assert (ended["lineFull"], ended["failed"], ended["reason"]) == (True, False, "the line was full")
    assert study.text(KEY) == before


def test_a_line_that_fills_after_the_claim_ends_the_session_too(study: MotoWorld) -> None:
    study.max_line = 2
    starter = study.starting()
    message = Start("study", "cleo", THIRD_SESSION, study.clock.now())
    project = starter._project(message)
    assert project is not None
    held = starter._claim(message, project)
    assert held is not None
    study.start(FOURTH_SESSION, user="dora")
    assert starter.lifecycle.converge(held, study.seconds(60)) is Outcome.OVER
    ended: Any = study.json(f"_sessions/ended/study/2026-11-22/{THIRD_SESSION}.json")
    assert (ended["lineFull"], ended["failed"]) == (True, False)
    assert [each["sessionId"] for each in study.json(KEY)["line"]] == [OTHER_SESSION, FOURTH_SESSION]


def test_the_bytes_of_the_ledger_grow_with_the_number_that_come_not_its_square(study: MotoWorld) -> None:
    study.max_line = 5
    sums = []
    for start in (0, 20):
        for number in range(start, start + 20):
            study.start(f"20261122-{number:016x}", user=f"user-{number}")
        sums.append(sum(written(study, KEY)))
    assert sums[1] == sums[0]


# --- what a participant sees ---


def came(study: MotoWorld, user: str) -> None:
    """Bring a participant to the game, and deliver their start messages."""
    study.get(user)
    study.post(user)
    deliver(study)


def deliver(study: MotoWorld) -> list[dict[str, Any]]:
    messages = study.received("start")
    for message in messages:
        moment = study.clock.now().fromisoformat(message["requestedAt"])
        start = Start(message["projectId"], message["userId"], message["sessionId"], moment)
        study.starting().start(start, study.seconds(300))
    return messages


def test_a_participant_is_asked_to_come_back_later(study: MotoWorld) -> None:
    came(study, "cleo")
    answered = study.get("cleo")
    assert (answered["notice"], answered["step"]) == ("lineFull", "2")
    assert "Please come back later" in answered["page"]


def test_while_the_line_is_full_polls_start_and_write_nothing(study: MotoWorld) -> None:
    came(study, "cleo")
    before = study.text("study/Users/cleo")
    for _ in range(5):
        study.clock.advance(minutes=10)
        study.get("cleo")
    assert study.received("start") == []
    assert study.text("study/Users/cleo") == before


def test_who_comes_back_is_in_line_before_those_who_came_later(study: MotoWorld) -> None:
    came(study, "cleo")
    study.clock.advance(minutes=1)
    study.stop()
    came(study, "dora")
    study.max_line = 2
    assert study.get("cleo")["page"] == "wait"
    (message,) = deliver(study)
    assert study.get("cleo")["wait"]["ahead"] == 0
    assert study.get("dora")["wait"]["ahead"] == 1
    assert message["sessionId"] != THIRD_SESSION


def test_a_full_line_is_no_failed_start(study: MotoWorld) -> None:
    came(study, "cleo")
    for _ in range(6):
        study.max_line = 2
        study.get("cleo")
        study.max_line = 1
        deliver(study)
        assert study.get("cleo")["notice"] == "lineFull"
    assert study.record("cleo")["session"]["failures"] == 0


def test_a_ledger_that_cannot_be_read_shows_come_back_later(study: MotoWorld) -> None:
    came(study, "cleo")
    study.put(KEY, json.dumps([]))
    assert study.get("cleo")["notice"] == "lineFull"


# --- what the line costs ---


@pytest.mark.parametrize("waiting", [1, 6])
def test_a_sweep_reads_the_ledger_equally_often_whatever_the_length_of_the_line(world: MotoWorld, waiting: int) -> None:
    world.register(entry(maxSessions=1))
    world.start()
    for number in range(waiting):
        world.start(f"20261122-{number:016x}", user=f"user-{number}")
    read: list[str] = []

    def note(real: Any, **arguments: Any) -> Any:
        read.append(arguments["Key"])
        return real(**arguments)

    interpose(world, "s3", get_object=note)
    assert world.sweep().sessions == {"ready": 1, "in line": waiting}
    assert read.count(KEY) == 3  # the length of the line; the review of the places, and its change


# --- an id of another participant's session, which no function makes ---


def test_an_id_that_another_participant_s_session_has_gets_no_place(world: MotoWorld) -> None:
    world.max_sessions = 1
    world.register(entry())
    world.start()
    assert world.start(user="eve") is Outcome.OVER
    assert (world.keys("_sessions/live/"), len(world.clusters())) == (["_sessions/live/ada.json"], 1)
