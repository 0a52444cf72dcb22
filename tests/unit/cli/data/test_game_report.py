"""The report's section on games: returns, learning curves, times to react, judgements; tests are left out."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.data.game_report import played, section
from hippo_cli.data.game_report.played import BlockCount, Minute
from hippo_cli.data.games import trials
from hippo_cli.data.reporting import Options, report
from tests.unit.cli.data.commands import Place, run_hippo
from tests.unit.cli.data.field import STUDY, Field, no_progress
from tests.unit.cli.data.test_games import NOON, STARTED
from tests.unit.cli.data.test_report import Reader, a_study, go_through


def put_game(
    field: Field,
    user: str,
    returns: list[float],
    *,
    partner: str = "expert",
    group: int = 0,
    reaction: float = 1.0,
    turns: bool = False,
    judged: tuple[tuple[float, float], ...] = (),
    last: str = "episode_finished",
) -> None:
    """Store the record of a game: two steps in each episode, each `reaction` seconds after what came before.

    judged: seconds since the beginning, and value.
    """
    blocks = [{**STARTED["blocks"][0], "turns": turns}]
    head = STARTED | {"blocks": blocks, "groups": {"2": group}, "conditions": {"partner": partner}}
    events: list[tuple[float, dict[str, Any]]] = [(0, head)]
    for number, value in enumerate(returns):
        at = {"episode": number + 1, "score": 0}
        start = number * 100.0
        events.append(
            (start, {"event": "episode_started", "attempt": 1, "seed": 7, "observation": [0], "step": 0, **at})
        )
        for step in (1, 2):
            row = {"action": 1, "source": "human", "reward": value / 2, "terminated": step == 2, "truncated": False}
            events.append((start + step * reaction, {"event": "step", "feedback": 0, "step": step, **row, **at}))
        ends = last if number == len(returns) - 1 else "episode_finished"
        events.append((start + 2 * reaction, {"event": ends, "terminated": True, "truncated": False, "step": 2, **at}))
    for seconds, value in judged:
        judgement = {"event": "feedback", "value": value, "steps": [1], "action": 1, "source": "human"}
        events.append((seconds, {**judgement, "episode": 1, "step": 1, "score": 0}))
    ordered = sorted(events, key=lambda each: each[0])
    lines = [json.dumps({"time": (NOON + timedelta(seconds=at)).isoformat(), **event}) for at, event in ordered]
    field.put(
        f"{STUDY}/Trials/{user}/s-{user}/20261122T120000.000Z-00000.jsonl", "".join(f"{line}\n" for line in lines)
    )


def counted(field: Field, folder: Path) -> BlockCount:
    trials.copy(field.s3, field.bucket, STUDY, folder, no_progress)
    skip = lambda user: user.startswith("test-")  # noqa: E731
    (block,) = played.count(STUDY, trials.sessions(folder), skip, lambda done: None)
    return block


def page_of(field: Field, folder: Path, **options: Any) -> str:
    place: Any = Place(field.s3, field.bucket)
    wanted = Options(export=folder / "none", **options)
    report(place, STUDY, folder / "report.html", field.clock.now(), no_progress, wanted)
    return (folder / "report.html").read_text(encoding="utf-8")


def test_returns_are_counted_once_for_each_participant_by_group_and_condition(field: Field, tmp_path: Path) -> None:
    put_game(field, "ada", [10, 20], partner="expert", group=0)
    put_game(field, "bob", [2], partner="alone", group=1)
    put_game(field, "cleo", [4, 99], partner="alone", group=1, last="reset")
    put_game(field, "test-1", [1000])
    block = counted(field, tmp_path)
    assert {series.name: series.values for series in block.returns} == {
        "all": (15, 2, 4),
        "group 0": (15,),
        "group 1": (2, 4),
        "partner=alone": (2, 4),
        "partner=expert": (15,),
    }
    assert (block.participants, block.episodes, block.unfinished) == (3, 4, 1)


def test_a_learning_curve_has_the_returns_of_each_episode(field: Field, tmp_path: Path) -> None:
    put_game(field, "ada", [1, 2, 3])
    put_game(field, "bob", [5, 6])
    (everyone,) = [curve for curve in counted(field, tmp_path).curves if curve.name == "all"]
    assert dict(everyone.returns) == {1: (1, 5), 2: (2, 6), 3: (3,)}


@pytest.mark.parametrize(("turns", "reaction", "expected"), [(False, 0.4, 0.4), (True, 3.0, 3.0), (True, 61.0, None)])
def test_the_time_to_react_is_that_of_a_key_and_breaks_are_none(
    field: Field, tmp_path: Path, turns: bool, reaction: float, expected: float | None
) -> None:
    put_game(field, "ada", [1], reaction=reaction, turns=turns)
    found = counted(field, tmp_path).reactions
    assert [series.values for series in found if series.name == "all"] == ([] if expected is None else [(expected,)])


def test_judgements_are_counted_by_minute_of_play_and_by_the_players_in_it(field: Field, tmp_path: Path) -> None:
    put_game(field, "ada", [1, 1], judged=((5, 1), (6, -1), (100, 2)))
    put_game(field, "bob", [1], judged=((1, 1),))
    assert counted(field, tmp_path).minutes == (Minute(2, 2, 1), Minute(1, 1, 0))


def test_a_study_without_judgements_has_no_diagram_of_them(field: Field, tmp_path: Path) -> None:
    put_game(field, "ada", [1])
    assert counted(field, tmp_path).minutes == ()


def test_the_page_shows_games_with_whiskers_and_sizes_named(tmp_path: Path) -> None:
    field = a_study()
    for number in range(6):
        go_through(field, f"user-{number}", 2)
        put_game(field, f"user-{number}", [number, number + 1], group=number % 2, judged=((9, 1),))
    text = page_of(field, tmp_path)
    found = Reader(text)
    assert "Rail-v0: 12 episodes of 6 participants." in found.text
    for title in (
        "Returns",
        "Learning curves by group",
        "Learning curves by partner",
        "Time to react",
        "Feedback over time",
    ):
        assert title in found.text
    assert found.text.count("whiskers: the middle nine tenths") >= 2
    spoken = re.findall(r'role="img" aria-label="([^"]+)"', text)
    assert "Returns. all: median 3, n = 6" in " ".join(spoken)
    assert text.count("<svg") == len(spoken) == text.count("<figcaption>")
    assert not re.search(r"user-\d", found.text)


def test_the_colours_of_diagrams_are_the_pages_and_it_has_others_in_the_dark(tmp_path: Path) -> None:
    field = a_study()
    go_through(field, "ada", 2)
    put_game(field, "ada", [1, 2], judged=((9, 1),))
    text = page_of(field, tmp_path)
    colours = {
        colour for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL) for colour in re.findall("#[0-9a-f]{6}", svg)
    }
    assert colours <= {"#7a7a7a"}  # grey is readable on both
    variables = set(re.findall(r"var\((--[\w-]+)\)", text))
    light, _, dark = text.partition("@media screen and (prefers-color-scheme: dark)")
    assert all(f"{name}: " in light and f"{name}: " in dark for name in variables)


def test_tests_are_left_out_everywhere_and_counted(tmp_path: Path) -> None:
    field = a_study()
    for user in ("ada", "test-1", "test-rehearse-x", "pilot-7"):
        go_through(field, user, 2)
        put_game(field, user, [1])
    text = Reader(page_of(field, tmp_path)).text
    assert "Participants 2 0 in progress" in text
    assert "2 participants are left out" in text
    assert "1 episodes" not in text
    assert "2 episodes of 2 participants" in text
    assert "Participants 1 0 in progress" in Reader(page_of(field, tmp_path, tests=("test-*", "pilot-*"))).text
    ran = run_hippo(field, "report", STUDY, "-o", str(tmp_path / "r.html"), "--json", "--with-tests", "--no-games")
    assert (json.loads(ran.output)["participants"], json.loads(ran.output)["left_out"]) == (4, 0)


def test_large_records_are_fetched_only_if_asked_for(
    field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_game(field, "ada", [1])
    monkeypatch.setattr(section, "LARGEST", 10)
    skip = lambda user: False  # noqa: E731
    common = (field.s3, field.bucket, STUDY, tmp_path / "none", skip, no_progress)
    assert section.read(*common, wanted=None).blocks == ()
    assert "hippo export study --games" in section.read(*common, wanted=None).note
    assert len(section.read(*common, wanted=True).blocks) == 1
    assert section.read(*common, wanted=False) == section.Games()


def test_the_records_of_an_export_are_brought_up_to_date(field: Field, tmp_path: Path) -> None:
    put_game(field, "ada", [1])
    field.export(tmp_path, games=True)
    put_game(field, "bob", [1])
    found = section.read(field.s3, field.bucket, STUDY, tmp_path, lambda user: False, no_progress, wanted=None)
    assert found.blocks[0].participants == 2
    assert len(list(tmp_path.rglob("*.jsonl"))) == 2
