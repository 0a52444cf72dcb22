"""Exports of games: what hippo_play records comes out as steps, episodes and feedback."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy
import pytest

from hippo_cli.data.files import Format
from hippo_cli.data.games.reading import events_of, kind_of
from hippo_play.plain import plain
from hippo_play.play import Event, Play
from hippo_play.recording import Record, Store
from tests.support.trial_events import faults_of
from tests.unit.cli.data.field import STUDY, Field, json_lines
from tests.unit.play.rail import RIGHT, rail
from tests.unit.play.test_play import new_play

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
STARTED: dict[str, Any] = {
    "event": "server_started",
    "blocks": [{"name": "game", "environment": "Rail-v0", "seed": 7, "policy": None}],
    "seed": 7,
    "groups": {"2": 1},
    "conditions": {"partner": "expert"},
    "packages": {"gymnasium": "1.2.2"},
}


class InBucket(Store):
    """Stores a record's parts in a study's bucket."""

    def __init__(self, field: Field) -> None:
        self.field = field

    def put(self, key: str, content: bytes) -> None:
        self.field.put(key, content)

    def get(self, key: str) -> bytes | None:
        return None


class Recording:
    """A play whose events are stored as hippo_play stores them: one second per event, a part per `save`."""

    def __init__(self, field: Field, folder: Path, user: str = "ada", session: str = "s1", at: datetime = NOON) -> None:
        self.at = at
        prefix = f"{STUDY}/Trials/{user}/{session}"
        self.record = Record(folder / "disk", prefix, InBucket(field), clock=self._now)
        self.play: Play = new_play(rail(length=3))
        self.add([STARTED])

    def _now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def add(self, events: list[Event]) -> list[Event]:
        self.record.record(*({**event, "frame_id": 5} for event in events))
        return events

    def do(self, act: Callable[[Play], list[Event]]) -> None:
        self.add(act(self.play))

    def save(self) -> None:
        assert self.record.save()


def played(field: Field, folder: Path, **where: Any) -> Recording:
    """Record one finished episode of three steps with a judgement, and one step of a second episode."""
    found = Recording(field, folder, **where)
    found.do(lambda play: play.start(0))
    found.do(lambda play: play.press("ArrowRight"))
    found.do(lambda play: play.advance(0))
    found.do(lambda play: play.judge(1, 0.5, seen_frame_id=4))
    found.save()
    for _ in range(2):
        found.do(lambda play: play.advance(1))
    found.do(lambda play: play.start(2))
    found.do(lambda play: play.advance(3))
    found.save()
    return found


def rows(field: Field, folder: Path, table: str) -> list[dict[str, Any]]:
    field.export(folder, Format.JSONL, games=True)
    return json_lines(folder / f"{table}.jsonl")


def test_each_step_is_a_whole_transition(field: Field, tmp_path: Path) -> None:
    played(field, tmp_path)
    found = rows(field, tmp_path / "out", "steps")
    assert [(row["episode"], row["step"]) for row in found] == [(1, 1), (1, 2), (1, 3), (2, 1)]
    first, second, last = found[:3]
    assert first["next_observation"] == second["observation"]
    assert (first["action"], first["source"], first["reward"], first["frame"]) == (2, "human", -1.0, 5)
    assert (first["feedback"], second["feedback"]) == (0.0, 1.0)
    assert (second["terminated"], last["terminated"]) == (False, True)
    assert (first["participant"], first["session"], first["block"]) == ("ada", "s1", "game")
    assert datetime.fromisoformat(first["time"]) == NOON + timedelta(seconds=5)


def test_an_episode_has_its_return_seed_outcome_and_conditions(field: Field, tmp_path: Path) -> None:
    played(field, tmp_path)
    first, second = rows(field, tmp_path / "out", "episodes")
    assert (first["steps"], first["return"], first["outcome"], first["seed"]) == (3, -3.0, "terminated", 7)
    assert (first["environment"], json.loads(first["conditions"])) == ("Rail-v0", {"partner": "expert"})
    assert (first["human_steps"], first["feedback"]) == (3, 1.0)
    assert (second["steps"], second["outcome"], second["seed"]) == (1, "cut", 8)


@pytest.mark.parametrize(
    ("act", "outcome"),
    [(lambda play: play.reset(9), "reset"), (lambda play: play.stop(9, "time is up"), "over")],
)
def test_the_last_transition_stays_however_the_episode_ended(
    field: Field, tmp_path: Path, act: Callable[[Play], list[Event]], outcome: str
) -> None:
    found = played(field, tmp_path)
    found.do(act)
    found.save()
    assert len(rows(field, tmp_path / "out", "steps")) == 4
    assert rows(field, tmp_path / "out", "episodes")[1]["outcome"] == outcome


def test_a_judgement_names_the_steps_and_the_picture_that_it_may_refer_to(field: Field, tmp_path: Path) -> None:
    played(field, tmp_path)
    (row,) = rows(field, tmp_path / "out", "feedback")
    assert (row["value"], row["step"], row["seen_frame"], json.loads(row["steps"])) == (1.0, 1, 4, [1])


def test_a_second_server_of_a_session_is_another_run(field: Field, tmp_path: Path) -> None:
    played(field, tmp_path)
    played(field, tmp_path, at=NOON + timedelta(minutes=5))
    episodes = rows(field, tmp_path / "out", "episodes")
    assert [row["outcome"] for row in episodes] == ["terminated", "cut"] * 2
    assert len({row["run"] for row in episodes}) == 2


def test_a_later_run_fetches_new_parts_only_and_drops_those_of_forgotten_participants(
    field: Field, tmp_path: Path
) -> None:
    ada = played(field, tmp_path)
    played(field, tmp_path, user="ben")
    assert len(rows(field, tmp_path / "out", "steps")) == 8
    ada.do(lambda play: play.advance(4))
    ada.save()
    for key in field.keys(f"{STUDY}/Trials/ben/"):
        field.s3.delete_object(Bucket=field.bucket, Key=key)
    assert len(rows(field, tmp_path / "out", "steps")) == 5
    assert {path.parts[-3] for path in (tmp_path / "out").rglob("*.jsonl") if "Trials" in path.parts} == {"ada"}


def test_csv_and_parquet_hold_the_same_steps(field: Field, tmp_path: Path) -> None:
    played(field, tmp_path)
    field.export(tmp_path / "csv", Format.CSV, games=True)
    field.export(tmp_path / "parquet", Format.PARQUET, games=True)
    with (tmp_path / "csv" / "steps.csv").open(encoding="utf-8", newline="") as file:
        texts = list(csv.DictReader(file))
    parquet: Any = import_module("pyarrow.parquet")
    typed = parquet.read_table(tmp_path / "parquet" / "steps.parquet").to_pylist()
    assert [json.loads(row["observation"]) for row in texts] == [row["observation"] for row in typed]
    assert [float(row["action"]) for row in texts] == [row["action"] for row in typed]
    assert typed[0]["time"] == NOON + timedelta(seconds=5)


def test_observations_that_are_no_numbers_are_json_in_parquet(field: Field, tmp_path: Path) -> None:
    found = Recording(field, tmp_path)
    for number in range(60):  # more than are looked at to tell the kind
        observation: Any = [0.5, "nan"] if number < 55 else {"image": [number]}
        row = {"event": "step", "observation": observation, "next_observation": [1.0], "action": number}
        rest = {"source": "human", "reward": "inf" if number == 3 else 1, "terminated": False, "truncated": False}
        found.add([row | rest | {"feedback": 0, "episode": 1, "step": number + 1, "score": 0}])
    found.save()
    field.export(tmp_path / "out", Format.PARQUET, games=True)
    parquet: Any = import_module("pyarrow.parquet")
    table = parquet.read_table(tmp_path / "out" / "steps.parquet").to_pylist()
    assert (table[0]["observation"], table[59]["observation"]) == ('[0.5,"nan"]', '{"image":[59]}')
    assert table[59]["next_observation"] == [1.0]
    assert table[3]["reward"] == float("inf")


def test_lines_that_are_no_events_are_left_out_and_named(field: Field, tmp_path: Path) -> None:
    played(field, tmp_path)
    field.put(f"{STUDY}/Trials/ben/s2/20261122T120000.000Z-00000.jsonl", '{"event": "step", "time": "x"}\nnothing\n')
    field.put(f"{STUDY}/Trials/ben/s2/20261122T120000.000Z-policy/weights.npz", b"\x00")
    done = field.export(tmp_path / "out", Format.JSONL, games=True)
    assert done.files["steps.jsonl"] == 4
    others, line1, line2 = done.problems
    assert others.startswith("1 objects below Trials/")
    assert "line 1 cannot be read" in line1
    assert "line 2 is no event" in line2


def test_about_describes_the_tables_and_the_environments(field: Field, tmp_path: Path) -> None:
    played(field, tmp_path)
    field.export(tmp_path, Format.JSONL, games=True)
    about = json.loads((tmp_path / "about.json").read_text(encoding="utf-8"))
    assert about["games"] == {"sessions": 1, "environments": {"Rail-v0": {"gymnasium": "1.2.2"}}}
    assert set(about["columns"]) == {"answers", "participants", "steps", "episodes", "feedback"}


def test_ids_that_are_paths_stay_in_the_folder(field: Field, tmp_path: Path) -> None:
    line = json.dumps(STARTED | {"time": NOON.isoformat()})
    field.put(f"{STUDY}/Trials/../s/20261122T120000.000Z-00000.jsonl", line)
    field.export(tmp_path / "out", Format.JSONL, games=True)
    assert [path.parts[-3] for path in (tmp_path / "out" / "Trials").rglob("*.jsonl")] == ["%2E%2E"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5, None, "nan"], "number"),
        ([[1, 2], [0.5, "inf"], None], "numbers"),
        ([[1, 2], 3], "text"),
        ([[[1]], [[2]]], "text"),
        ([True], "text"),
        ([], "text"),
    ],
)
def test_the_kind_of_a_column_follows_from_its_values(values: list[Any], kind: str) -> None:
    assert kind_of(values) == kind


def test_recorded_events_are_valid_by_the_schema(tmp_path: Path, field: Field) -> None:
    found = played(field, tmp_path)
    found.do(lambda play: play.reset(9))
    found.do(lambda play: play.stop(10))
    found.save()
    lines = [line for key in field.keys(f"{STUDY}/Trials/") for line in field.stored(key).splitlines()]
    assert {json.loads(line)["event"] for line in lines} >= {"server_started", "step", "feedback", "reset", "game_over"}
    assert [fault for line in lines for fault in faults_of(json.loads(line))] == []


@pytest.mark.parametrize("missing", ["time", "action", "source", "reward", "terminated", "episode"])
def test_a_step_without_a_required_part_is_not_valid(missing: str) -> None:
    step = {"time": NOON.isoformat(), "event": "step", "action": 1, "source": "human", "reward": 1, "feedback": 0}
    whole = step | {"terminated": False, "truncated": False, "episode": 1, "step": 1, "score": 1}
    assert faults_of(whole) == []
    assert faults_of({key: value for key, value in whole.items() if key != missing}) != []


def test_the_guides_behaviour_cloning_imitates_the_participants(field: Field, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[4] / "docs" / "game-data.md").read_text(encoding="utf-8")
    (code,) = [found for found in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if "steps.parquet" in found]
    assert len([line for line in code.splitlines() if line]) <= 10
    played(field, tmp_path)
    field.export(tmp_path / "out", Format.PARQUET, games=True)
    names: dict[str, Any] = {}
    exec(code.replace("my_study-export", str(tmp_path / "out")), names)  # noqa: S102 - our own guide
    assert names["act"](numpy.array([0.1, 1.0])) == RIGHT


def test_an_array_of_numbers_is_recorded_as_a_flat_list() -> None:
    assert kind_of([plain(numpy.zeros(2, numpy.float32))]) == "numbers"


def test_a_line_may_have_spaces_around_its_event_and_nothing_else(tmp_path: Path) -> None:
    lines = ['{"event":"a"}', ' \t{"event":"b"}  ', '{"event":"c"} x', '{"event":"d"}{}', "", "[", "NaN", '{"event":1}']
    (tmp_path / "run-1.jsonl").write_bytes("\r\n".join(lines).encode())
    found = [None if event is None else event["event"] for _, event in events_of(tmp_path / "run-1.jsonl")]
    assert found == ["a", "b", *[None] * 6]
