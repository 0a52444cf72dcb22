"""Exports of games as datasets: Minari, d3rlpy and imitation hold the same transitions as the table of steps."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy
import pytest

from hippo_cli.data.files import Format
from hippo_cli.data.games import datasets
from hippo_common.errors import HippoError
from tests.unit.cli.data.field import Field
from tests.unit.cli.data.test_games import Recording, played

NAME = "study-game-v0"


def table(folder: Path) -> list[dict[str, Any]]:
    parquet: Any = import_module("pyarrow.parquet")
    rows: list[dict[str, Any]] = parquet.read_table(folder / "steps.parquet").to_pylist()
    return rows


def observations(rows: list[dict[str, Any]]) -> list[list[float]]:
    return [*(row["observation"] for row in rows), rows[-1]["next_observation"]]


def two_episodes(field: Field, folder: Path, form: Format) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Export an episode that the environment ended after 3 steps, and one that was cut after 1."""
    played(field, folder)
    done = field.export(folder / "out", form, games=True)
    path = f"{form}/{NAME}.h5" if form is Format.D3RLPY else f"{form}/{NAME}"
    assert done.files[path] == 4
    assert done.problems == ()
    rows = table(folder / "out")
    return [row for row in rows if row["episode"] == 1], [row for row in rows if row["episode"] == 2]


def test_minari_opens_its_dataset(field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = two_episodes(field, tmp_path, Format.MINARI)
    minari: Any = import_module("minari")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "out" / "minari"))
    found = minari.load_dataset(NAME)
    assert (found.total_episodes, found.total_steps) == (2, 4)
    whole, cut = found.iterate_episodes()
    assert whole.observations.tolist() == observations(first)
    assert cut.observations.tolist() == observations(second)
    assert whole.actions.tolist() == [row["action"] for row in first]
    assert whole.rewards.tolist() == [-1.0, -1.0, -1.0]
    assert (whole.terminations.tolist(), whole.truncations.tolist()) == ([False, False, True], [False] * 3)
    assert (cut.terminations.tolist(), cut.truncations.tolist()) == ([False], [True])
    assert whole.infos["feedback"].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert whole.infos["human"].tolist() == [False, True, True, True]
    seeds = [int(about["seed"]) for about in found.storage.get_episode_metadata([0, 1])]
    assert seeds == [7, 8]


def test_minari_recovers_an_environment_of_gymnasiums(field: Field, tmp_path: Path) -> None:
    found = Recording(field, tmp_path)
    blocks = [{"name": "game", "environment": "MountainCar-v0", "seed": 1, "policy": None}]
    found.add([{"event": "server_started", "blocks": blocks, "seed": 1, "groups": {}, "conditions": {}}])
    found.add([{"event": "episode_started", "episode": 1, "attempt": 1, "seed": 1}])
    found.add([step(1, [0.1, 0.2], 2)])
    found.save()
    field.export(tmp_path / "out", Format.MINARI, games=True)
    minari: Any = import_module("minari")
    data = minari.MinariDataset(tmp_path / "out" / "minari" / NAME / "data")
    assert data.env_spec.id == "MountainCar-v0"


def test_d3rlpys_file_has_the_form_of_its_version(field: Field, tmp_path: Path) -> None:
    first, second = two_episodes(field, tmp_path, Format.D3RLPY)
    with import_module("h5py").File(tmp_path / "out" / "d3rlpy" / f"{NAME}.h5") as file:
        assert file["version"][()] == b"2.1"
        assert [name.decode() for name in file["columns"][()]] == ["observations", "actions", "rewards", "terminated"]
        assert file["num_episodes"][()] == 2
        seen = numpy.array([row["observation"] for row in first], dtype=numpy.float32)
        assert file["observations_0"][()].tolist() == seen.tolist()
        assert file["actions_0"][()].tolist() == [[row["action"]] for row in first]
        assert file["actions_0"].dtype == numpy.int64
        assert file["rewards_1"][()].tolist() == [[row["reward"]] for row in second]
        assert [bool(file[f"terminated_{number}"][()]) for number in (0, 1)] == [True, False]


def test_imitations_folder_has_the_form_of_hugging_faces_datasets(field: Field, tmp_path: Path) -> None:
    first, second = two_episodes(field, tmp_path, Format.IMITATION)
    folder = tmp_path / "out" / "imitation" / NAME
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    (named,) = state["_data_files"]
    arrow: Any = import_module("pyarrow")
    with (folder / named["filename"]).open("rb") as file:
        whole, cut = arrow.ipc.open_stream(file).read_all().to_pylist()
    assert (whole["obs"], cut["obs"]) == (observations(first), observations(second))
    assert whole["acts"] == [row["action"] for row in first]
    assert (whole["rews"], whole["terminal"], cut["terminal"]) == ([-1.0] * 3, True, False)
    assert json.loads(whole["infos"][1]) == {"human": True, "feedback": 1.0}


def step(number: int, observation: Any, action: Any, **changes: Any) -> dict[str, Any]:
    row = {"event": "step", "observation": observation, "next_observation": observation, "action": action}
    row |= {"source": "human", "reward": 1, "terminated": False, "truncated": False, "feedback": 0}
    return row | {"episode": 1, "step": number, "score": 0} | changes


def test_blocks_are_datasets_of_their_own_and_episodes_that_are_no_arrays_are_counted(
    field: Field, tmp_path: Path
) -> None:
    found = Recording(field, tmp_path)
    found.add(
        [step(1, [0.0, 1.0], [0.5], block="drive"), step(1, [0.0], 1, block="a/b"), step(1, [0.0], 2, block="a b")]
    )
    found.add([step(1, None, 1, block="large"), step(1, {"map": 1}, 1, block="dict")])
    found.add([step(1, [0.0, 1.0, 2.0], [0.5], block="drive", episode=2)])
    found.save()
    done = field.export(tmp_path / "out", Format.IMITATION, games=True)
    datasets_ = {name: rows for name, rows in done.files.items() if name.startswith("imitation/")}
    assert datasets_ == {
        "imitation/study-drive-v0": 1,
        "imitation/study-a_b-v0": 1,
        "imitation/study-a_b-2-v0": 1,
    }
    assert len(done.problems) == 3
    assert all(text.startswith("1 episode is not in imitation/: ") for text in done.problems)


def test_a_later_export_replaces_the_dataset(field: Field, tmp_path: Path) -> None:
    game = played(field, tmp_path)
    field.export(tmp_path / "out", Format.D3RLPY, games=True)
    game.do(lambda play: play.advance(4))
    game.save()
    done = field.export(tmp_path / "out", Format.D3RLPY, games=True)
    assert done.files[f"d3rlpy/{NAME}.h5"] == 5
    assert [path.name for path in (tmp_path / "out" / "d3rlpy").iterdir()] == [f"{NAME}.h5"]
    assert not list((tmp_path / "out").glob(".*.part"))


def test_a_study_without_games_gets_no_dataset(field: Field, tmp_path: Path) -> None:
    done = field.export(tmp_path / "out", Format.MINARI, games=True)
    assert [name for name in done.files if name.startswith("minari")] == []


def test_a_missing_library_is_named_with_the_extra_that_has_it() -> None:
    with pytest.raises(HippoError) as caught:
        datasets.check(Format.MINARI, installed=lambda name: name != "h5py")
    assert str(caught.value).startswith("-f minari needs h5py")
    assert "hippo-gym-aws[minari]" in str(caught.value.fix)
    datasets.check(Format.CSV, installed=lambda _: False)
