"""The key `warm` of an entry: what it may be, and how many servers it wants when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hippo_gym.sessions.warm_servers import servers_wanted
from hippo_gym.studies import registration, warm
from hippo_gym.studies.projects import entry_faults, from_entry
from tests.support.inputs import entry

NINE, TEN, NOON = (f"2026-12-01T{hour:02}:00:00+01:00" for hour in (9, 10, 12))


def window(begins: str = NINE, ends: str = NOON, n: int = 2) -> dict[str, Any]:
    return {"from": begins, "to": ends, "n": n}


def faults(value: Any, **changes: Any) -> list[tuple[str, str]]:
    found = entry_faults(entry(**({"warm": value, "takesParticipant": True} | changes)))
    return [(fault.path, fault.allowed) for fault in found]


@pytest.mark.parametrize("value", [0, 2, [window()], [window(NINE, TEN), window(TEN, NOON)]])
def test_a_number_or_windows_that_do_not_overlap(value: Any) -> None:
    assert faults(value) == []


@pytest.mark.parametrize(
    ("value", "path", "allowed"),
    [
        (-1, "warm", "0"),
        (101, "warm", "100"),
        ("2", "warm", "number"),
        ([], "warm", ""),
        ([window(n=-1)], "warm[0].n", "0"),
        ([{"from": NINE, "to": NOON}], "warm[0].n", ""),
        ([window("2026-12-01T09:00:00")], "warm[0].from", ""),
        ([window("2026-02-30T09:00:00+01:00")], "warm[0].from", "a time that exists"),
        ([window(NOON, NINE)], "warm[0].to", "a time after its from"),
        ([window(NINE, NOON), window(TEN, NOON)], "warm[1].from", "windows do not overlap"),
        ([window(TEN, NOON), window(NINE, NOON)], "warm[0].from", "windows do not overlap"),
    ],
)
def test_anything_else_is_refused_with_its_place(value: Any, path: str, allowed: str) -> None:
    found = faults(value)
    assert [place for place, _ in found] == [path]
    assert allowed in found[0][1]


def test_more_than_the_study_s_sessions_are_refused() -> None:
    assert [path for path, _ in faults(3, maxSessions=2)] == ["warm"]
    assert faults(2, maxSessions=2) == []


def test_a_container_that_does_not_ask_for_its_participant_is_refused() -> None:
    assert [path for path, _ in faults(1, takesParticipant=False)] == ["warm"]
    assert faults(0, takesParticipant=False) == []


@pytest.mark.parametrize(("game", "refused"), [({"game": {"env": "CartPole-v1"}}, False), ({}, True)])
def test_hippo_play_asks_for_its_participant(game: dict[str, Any], refused: bool) -> None:
    read = registration.read_payload({**entry(), "warm": 1, **game})
    assert bool(read.faults) == refused
    assert read.entry.get("takesParticipant", False) is not refused


@pytest.mark.parametrize(
    ("minutes", "wanted"),
    [(-11, 0), (-9, 2), (0, 2), (179, 2), (180, 0)],
    ids=["before", "ten minutes ahead", "at its begin", "at its end", "after"],
)
def test_a_window_holds_from_ten_minutes_ahead_until_its_end(minutes: int, wanted: int) -> None:
    project = from_entry(entry(warm=[window()], takesParticipant=True))
    at = datetime(2026, 12, 1, 8, tzinfo=UTC) + timedelta(minutes=minutes)
    assert servers_wanted(project, at) == wanted


@pytest.mark.parametrize("changes", [{"live": False}, {"opensAt": NOON}, {"closesAt": NINE}])
def test_a_study_that_admits_no_participant_wants_none(changes: dict[str, Any]) -> None:
    project = from_entry(entry(warm=2, takesParticipant=True, **changes))
    assert servers_wanted(project, datetime(2026, 12, 1, 9, tzinfo=UTC)) == 0


def test_windows_in_the_past_are_over() -> None:
    now = datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert warm.is_over({"warm": [window()]}, now)
    assert not warm.is_over({"warm": [window(), window(NOON, "2026-12-01T13:00:00+01:00")]}, now)
    assert not warm.is_over({"warm": 2}, now)
    assert not warm.is_over({}, now)
