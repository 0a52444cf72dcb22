"""The demo's checks: what it expects, and what it prints when a check fails."""

from __future__ import annotations

import io
import json
from typing import Any

from rich.console import Console

from local.checks import Checks
from local.demo import accepted_answers, expected_steps
from local.inspection import Snapshot
from local.participants import Habit, Persona, Visit
from local.player import Play
from local.presentation import Presentation

SNAPSHOT = Snapshot(
    clusters=frozenset({"HIPPO_Gym-s1", "HIPPO_Gym-s2"}),
    tasks=frozenset({"HIPPO_Gym-s1/t1"}),
    records=frozenset({"A u1.hippo.test", "TXT u1.hippo.test", "A u2.hippo.test"}),
    schedules=frozenset({"HIPPO_Gym-s1"}),
    live_sessions=frozenset({"u1"}),
)
NOTHING = Snapshot(frozenset(), frozenset(), frozenset(), frozenset(), frozenset())


def request(step: str, body: Any, **other: Any) -> dict[str, Any]:
    return {"step": step, "body": None if body is None else json.dumps(body), "headers": {}, **other}


def test_the_demo_expects_steps_in_numerical_order() -> None:
    steps = {"10": "b.html", "2": "game", "1": "a.html", "finalStep": "z.html"}
    assert expected_steps(steps) == ["1", "2", "10", "finalStep"]


def test_a_study_without_a_final_page_still_has_a_final_step() -> None:
    assert expected_steps({"1": "a.html"}) == ["1", "finalStep"]


def test_only_answers_that_completed_a_step_count_as_stored() -> None:
    requests = [
        request("1", None),
        request("1", {"consent": "yes"}, accepted=True),
        request("1", {"consent": "yes"}, accepted=False),
        request("2", {}, accepted=True),
    ]
    assert accepted_answers(requests) == {"1": [{"consent": "yes"}], "2": [{}]}


def test_a_session_has_its_own_resources_and_no_others() -> None:
    assert list(SNAPSHOT.of_session("s1", "u1.hippo.test", "u1").values()) == [1, 1, 2, 1, 1]
    assert list(SNAPSHOT.of_session("s2", "u2.hippo.test", "u2").values()) == [1, 0, 1, 0, 0]


def test_a_snapshot_with_one_resource_is_not_empty() -> None:
    assert NOTHING.is_empty
    assert not SNAPSHOT.is_empty


def test_a_check_stores_expected_and_found() -> None:
    checks = Checks()
    assert checks.equal("two", 2, 2)
    assert not checks.equal("steps", ["1", "2"], ["1"])
    assert not checks.none_of("clusters", {"b", "a"})
    assert [(check.name, check.expected, check.found) for check in checks.failed] == [
        ("steps", "1, 2", "1"),
        ("clusters", "none", "a, b"),
    ]


def test_a_failed_check_is_named_with_expected_found_and_logs() -> None:
    checks = Checks()
    checks.equal("Ada sees every step", ["1", "2"], ["1"])
    checks.equal("Ben sees every step", ["1"], ["1"])
    text = io.StringIO()
    Presentation(Console(file=text, width=140)).verdict(checks.all, "the/logs")
    for words in ("1 of 2 checks failed", "Ada sees every step", "expected  1, 2", "found     1", "the/logs"):
        assert words in text.getvalue()
    assert "Ben" not in text.getvalue()


def test_a_run_without_any_check_is_not_a_success() -> None:
    text = io.StringIO()
    Presentation(Console(file=text, width=140)).verdict((), "the/logs")
    assert "hold" not in text.getvalue()


def test_without_a_terminal_each_new_activity_is_one_line() -> None:
    text = io.StringIO()
    show = Presentation(Console(file=text, width=140))
    with show.participants():
        for what in ("waits", "waits", "plays"):
            show.doing("Ada", what)
        show.close()
        show.doing("Ada", "cannot continue")
    assert [line.split("Ada")[1].strip() for line in text.getvalue().splitlines()] == ["waits", "plays"]


def test_the_table_shows_a_participant_who_did_not_play() -> None:
    text = io.StringIO()
    played, stuck = Visit(Persona("Ada", "u1")), Visit(Persona("Ben", "u2", Habit.REFRESHES), steps=["1"])
    played.play = Play("127.0.0.9:5000", sent=3, frames=2)
    Presentation(Console(file=text, width=140)).visits([played, stuck], {"u1": "3 pages, 9 answers"})
    for words in ("127.0.0.9:5000", "3 pages, 9 answers", "not played"):
        assert words in text.getvalue()
