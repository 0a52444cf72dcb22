"""Data sets of games: Minari opens its own, and readers of d3rlpy's and imitation's layouts find the same episodes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import gymnasium
import h5py
import numpy
import pytest
from gymnasium import spaces

from hippo_cli.data.files import Format
from hippo_cli.data.games.datasets.spaces import made
from hippo_common.errors import HippoError
from hippo_play.recording.spaces import described
from tests.unit.cli.data.field import STUDY, Field
from tests.unit.cli.data.test_games import STARTED, Recording, played
from tests.unit.play.rail import Rail

FORMATS = [Format.MINARI, Format.D3RLPY, Format.IMITATION]
SPACES = [
    spaces.Box(-2000, 2000, (2,), numpy.float32),
    spaces.Box(numpy.array([-1.0, -numpy.inf]), numpy.array([1.0, numpy.inf]), dtype=numpy.float64),
    spaces.Box(0, 255, (4, 3, 3), numpy.uint8),
    spaces.Discrete(3, start=-1),
    spaces.MultiDiscrete([3, 2]),
    spaces.MultiBinary(4),
    spaces.MultiBinary([2, 2]),
    spaces.Text(5),
    spaces.Dict({"place": spaces.Box(-1, 1, (2,)), "has": spaces.Discrete(2)}),
    spaces.Tuple([spaces.Discrete(2), spaces.Box(-1, 1, (1,))]),
]


def stated(observation: Any, action: Any) -> dict[str, Any]:
    """Return the first event of a record whose block states its spaces."""
    block = {**STARTED["blocks"][0], "observation_space": described(observation), "action_space": described(action)}
    return STARTED | {"blocks": [block]}


def two_episodes(field: Field, folder: Path) -> None:
    """Ada ends an episode of three steps and stops in the second one; the record of Ben's second one ends early."""
    rail = Rail()
    ada = played(field, folder)
    ada.do(lambda play: play.stop(9, "stopped"))
    ada.save()
    played(field, folder, user="ben", session="s2")
    for user, session in (("ada", "s1"), ("ben", "s2")):
        (first,) = [key for key in field.keys(f"{STUDY}/Trials/{user}/{session}/") if key.endswith("-00000.jsonl")]
        head, *lines = field.stored(first).decode().splitlines()
        replaced = json.loads(head) | stated(rail.observation_space, rail.action_space)
        field.put(first, "\n".join([json.dumps(replaced), *lines]) + "\n")


def load_minari(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(folder / "minari"))
    return import_module("minari").load_dataset(name)


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_a_space_is_the_same_after_the_record(space: spaces.Space[Any]) -> None:
    assert made(json.loads(json.dumps(described(space), allow_nan=False))) == space


def test_a_space_with_too_many_different_bounds_is_unbounded(tmp_path: Path) -> None:
    low = numpy.arange(5000, dtype=numpy.float32)
    found = made(described(spaces.Box(-low, low)) or {})
    assert (found.shape, bool(numpy.isinf(found.high).all())) == ((5000,), True)


def test_minari_loads_the_episodes_whose_record_is_whole(
    field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_episodes(field, tmp_path)
    done = field.export(tmp_path / "out", Format.MINARI)
    assert done.files[f"minari/{STUDY}/game-v0"] == 7
    assert [problem for problem in done.problems if "left out" in problem] == [
        "1 episode was left out: the record ends before the episode does, as when a connection was lost for good."
    ]
    found = load_minari(tmp_path / "out", f"{STUDY}/game-v0", monkeypatch)
    assert (found.total_episodes, found.total_steps) == (3, 7)
    assert (found.observation_space, found.action_space) == (Rail().observation_space, Rail().action_space)
    first, second, third = found.iterate_episodes()
    assert first.observations.shape == (4, 2)
    assert first.observations.dtype == numpy.float32
    assert numpy.diff(first.observations[:, 1]).tolist() == [1, 1, 1]
    assert (first.actions.tolist(), first.rewards.tolist()) == ([2, 2, 2], [-1, -1, -1])
    assert (first.terminations.tolist(), first.truncations.tolist()) == ([False, False, True], [False] * 3)
    assert (second.terminations.tolist(), second.truncations.tolist()) == ([False], [True])  # stopped
    assert first.infos["feedback"].tolist() == [0, 0, 1, 0]
    assert [text.decode() for text in first.infos["source"]] == ["", "human", "human", "human"]
    assert {text.decode() for text in third.infos["participant"]} == {"ben"}
    about = list(found.storage.get_episode_metadata([0, 1, 2]))
    assert [(each["participant"], each["session"], each["outcome"], each["seed"]) for each in about] == [
        ("ada", "s1", "terminated", 7),
        ("ada", "s1", "over", 8),
        ("ben", "s2", "terminated", 7),
    ]


def test_a_study_whose_game_changed_has_a_minari_data_set_for_each(
    field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_episodes(field, tmp_path)
    step_of(field, tmp_path, spaces.Box(-1, 1, (3,)), spaces.Discrete(2), [[0, 0, 1], [1, 0, 0]], [1])
    done = field.export(tmp_path / "out", Format.MINARI)
    assert [done.files[f"minari/{STUDY}/game-v{number}"] for number in (0, 1)] == [7, 1]
    assert load_minari(tmp_path / "out", f"{STUDY}/game-v1", monkeypatch).observation_space.shape == (3,)
    names = import_module("minari").list_local_datasets()
    assert set(names) == {f"{STUDY}/game-v0", f"{STUDY}/game-v1"}


def step_of(
    field: Field, folder: Path, observation: Any, action: Any, observations: Sequence[Any], actions: Sequence[Any]
) -> None:
    """Record one terminated episode of given values."""
    found = Recording(field, folder, user="zoe", session="s9")
    base = {"episode": 1, "score": 0}
    events: list[dict[str, Any]] = [stated(observation, action)]
    events.append(
        {"event": "episode_started", "attempt": 1, "seed": 3, "observation": observations[0], **base, "step": 0}
    )
    for number, made_action in enumerate(actions):
        row = {"observation": observations[number], "next_observation": observations[number + 1], "action": made_action}
        last = number == len(actions) - 1
        ends = {"terminated": last, "truncated": False, "feedback": 0, "source": "human", "reward": 1.5}
        events.append({"event": "step", **row, **ends, **base, "step": number + 1})
    events.append(
        {"event": "episode_finished", "terminated": True, "truncated": False, "reward": 1.5, **base, "step": 1}
    )
    found.add(events)
    found.save()


def test_minari_holds_observations_of_several_parts(
    field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = spaces.Dict({"place": spaces.Box(-1, 1, (2,)), "word": spaces.Text(8)})
    values = [{"place": [0.5, "nan"], "word": "left"}, {"place": [0.25, 0], "word": "right"}]
    step_of(field, tmp_path, parts, spaces.Tuple([spaces.Discrete(2), spaces.Discrete(3)]), values, [[1, 2]])
    field.export(tmp_path / "out", Format.MINARI)
    (episode,) = load_minari(tmp_path / "out", f"{STUDY}/game-v0", monkeypatch).iterate_episodes()
    assert numpy.isnan(episode.observations["place"][0, 1])
    assert episode.observations["word"] == ["left", "right"]
    assert [part.tolist() for part in episode.actions] == [[1], [2]]


def test_minari_keeps_pictures_as_they_were(field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = numpy.random.default_rng(1).integers(0, 256, (3, 16, 16, 3), numpy.uint8)
    step_of(
        field, tmp_path, spaces.Box(0, 255, (16, 16, 3), numpy.uint8), spaces.Discrete(2), pictures.tolist(), [0, 1]
    )
    field.export(tmp_path / "out", Format.MINARI)
    (episode,) = load_minari(tmp_path / "out", f"{STUDY}/game-v0", monkeypatch).iterate_episodes()
    assert (episode.observations == pictures).all()


def test_minari_makes_the_environment_again(field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = gymnasium.make("FrozenLake-v1", is_slippery=False)
    from hippo_play.recording.spaces import spec_text

    step_of(field, tmp_path, environment.observation_space, environment.action_space, [0, 4], [1])
    (key,) = field.keys(f"{STUDY}/Trials/zoe/")
    old, new, *lines = map(json.loads, field.stored(key).splitlines())
    new["blocks"][0]["spec"] = spec_text(environment)
    field.put(key, "".join(json.dumps(event) + "\n" for event in (old, new, *lines)))
    field.export(tmp_path / "out", Format.MINARI)
    again = load_minari(tmp_path / "out", f"{STUDY}/game-v0", monkeypatch).recover_environment()
    assert again.spec.kwargs["is_slippery"] is False


def read_d3rlpy(path: Path) -> list[dict[str, Any]]:
    """Read a file as d3rlpy's dataset/io.py does: the named columns of each episode, parts of tuples as lists."""
    found = []
    with h5py.File(path, "r") as file:
        assert file["version"][()].decode() == "2.1"
        names = [name.decode() for name in file["columns"][()]]
        for number in range(file["num_episodes"][()]):
            episode: dict[str, Any] = {}
            for name in names:
                if f"{name}_{number}" in file:
                    episode[name] = file[f"{name}_{number}"][()]
                else:
                    parts = (f"{name}_{number}_{at}" for at in range(99))
                    episode[name] = [file[part][()] for part in parts if part in file]
            found.append(episode)
    return found


def test_a_reader_of_d3rlpys_layout_finds_the_episodes(field: Field, tmp_path: Path) -> None:
    two_episodes(field, tmp_path)
    assert field.export(tmp_path / "out", Format.D3RLPY).files["d3rlpy/game.h5"] == 7
    first, second, third = read_d3rlpy(tmp_path / "out" / "d3rlpy" / "game.h5")
    assert set(first) == {"observations", "actions", "rewards", "terminated"}
    assert (first["observations"].shape, first["actions"].shape, first["rewards"].shape) == ((3, 2), (3, 1), (3, 1))
    assert (first["actions"].dtype, first["rewards"].dtype) == (numpy.int32, numpy.float32)
    assert [bool(each["terminated"]) for each in (first, second, third)] == [True, False, True]
    with h5py.File(tmp_path / "out" / "d3rlpy" / "game.h5") as file:
        assert [file[f"hippo/{number}"].attrs["participant"] for number in range(3)] == ["ada", "ada", "ben"]
        assert file["hippo/0/feedback"][()].tolist() == [0, 1, 0]
        assert [text.decode() for text in file["hippo/0/source"][()]] == ["human"] * 3


def test_d3rlpy_counts_actions_from_zero_and_takes_tuples_of_arrays(field: Field, tmp_path: Path) -> None:
    pair = spaces.Tuple([spaces.Box(-1, 1, (2,)), spaces.Discrete(4)])
    step_of(field, tmp_path, pair, spaces.Discrete(3, start=-1), [[[0, 1], 3], [[1, 0], 2]], [-1])
    field.export(tmp_path / "out", Format.D3RLPY)
    (episode,) = read_d3rlpy(tmp_path / "out" / "d3rlpy" / "game.h5")
    assert [part.tolist() for part in episode["observations"]] == [[[0, 1]], [[3]]]
    assert episode["actions"].tolist() == [[0]]


def test_a_reader_of_imitations_layout_finds_the_episodes(field: Field, tmp_path: Path) -> None:
    two_episodes(field, tmp_path)
    assert field.export(tmp_path / "out", Format.IMITATION).files["imitation/game"] == 7
    folder = tmp_path / "out" / "imitation" / "game"
    state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    (name,) = [each["filename"] for each in state["_data_files"]]
    arrow: Any = import_module("pyarrow")
    first, second, third = arrow.ipc.open_stream(folder / name).read_all().to_pylist()
    assert (len(first["obs"]), first["acts"], first["rews"]) == (4, [2, 2, 2], [-1, -1, -1])
    assert (first["terminal"], second["terminal"]) == (True, False)
    infos = [json.loads(text) for text in first["infos"]]
    assert [(info["feedback"], info["terminated"]) for info in infos] == [(0, False), (1, False), (0, True)]
    assert [json.loads(each["infos"][0])["participant"] for each in (first, second, third)] == ["ada", "ada", "ben"]


@pytest.mark.parametrize(
    ("form", "space"),
    [
        (Format.MINARI, spaces.Sequence(spaces.Discrete(2))),
        (Format.D3RLPY, spaces.Dict({"a": spaces.Discrete(2)})),
        (Format.IMITATION, spaces.Dict({"a": spaces.Discrete(2)})),
    ],
)
def test_a_space_that_a_library_cannot_hold_is_refused_with_the_fix(
    field: Field, tmp_path: Path, form: Format, space: Any
) -> None:
    step_of(field, tmp_path, space, spaces.Discrete(2), [{"a": 0}, {"a": 1}], [1])
    with pytest.raises(HippoError, match=f"-f {form.value} cannot hold {type(space).__name__}.* Rail-v0") as refused:
        field.export(tmp_path / "out", form)
    assert "-f " in (refused.value.fix or "")
    assert list((tmp_path / "out").glob(f"*{form.value}*")) == []


def test_a_refused_export_keeps_the_earlier_data_set(field: Field, tmp_path: Path) -> None:
    two_episodes(field, tmp_path)
    field.export(tmp_path / "out", Format.D3RLPY)
    step_of(field, tmp_path, spaces.Dict({"a": spaces.Discrete(2)}), spaces.Discrete(2), [{"a": 0}, {"a": 1}], [1])
    with pytest.raises(HippoError):
        field.export(tmp_path / "out", Format.D3RLPY)
    assert len(read_d3rlpy(tmp_path / "out" / "d3rlpy" / "game.h5")) == 3


@pytest.mark.parametrize("form", FORMATS)
def test_episodes_without_observations_are_counted_and_the_key_of_the_game_is_named(
    field: Field, tmp_path: Path, form: Format
) -> None:
    step_of(field, tmp_path, Rail().observation_space, Rail().action_space, [None, None], [1])
    done = field.export(tmp_path / "out", form)
    (problem,) = done.problems
    assert problem.startswith(
        "1 episode was left out: the observations were not recorded: write `record: [observation]`"
    )


def test_an_episode_with_a_missing_step_is_left_out(field: Field, tmp_path: Path) -> None:
    two_episodes(field, tmp_path)
    (key,) = [key for key in field.keys(f"{STUDY}/Trials/ada/") if key.endswith("-00000.jsonl")]
    kept = [line for line in field.stored(key).decode().splitlines() if json.loads(line)["event"] != "step"]
    field.put(key, "".join(f"{line}\n" for line in kept))
    done = field.export(tmp_path / "out", Format.D3RLPY)
    assert "1 episode was left out: steps are missing in the record." in done.problems


def test_a_value_that_is_not_of_the_space_leaves_its_episode_out(field: Field, tmp_path: Path) -> None:
    two_episodes(field, tmp_path)
    step_of(field, tmp_path, Rail().observation_space, Rail().action_space, [[1, 2], [1, 2, 3]], [1])
    done = field.export(tmp_path / "out", Format.IMITATION)
    assert done.files["imitation/game"] == 7
    assert any("1 episode was left out: a value is not of the environment's space" in each for each in done.problems)


def test_records_without_spaces_take_them_from_their_values_and_say_so(
    field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played(field, tmp_path)
    done = field.export(tmp_path / "out", Format.MINARI)
    assert any("do not state the spaces of Rail-v0" in problem for problem in done.problems)
    found = load_minari(tmp_path / "out", f"{STUDY}/game-v0", monkeypatch)
    assert (found.observation_space.shape, found.action_space.n) == ((2,), 3)


def test_records_without_spaces_take_those_of_a_known_environment(
    field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played(field, tmp_path)
    for key in field.keys(f"{STUDY}/Trials/"):
        field.put(key, field.stored(key).replace(b'"Rail-v0"', b'"MountainCar-v0"'))
    done = field.export(tmp_path / "out", Format.MINARI)
    assert not any("do not state" in problem for problem in done.problems)
    found = load_minari(tmp_path / "out", f"{STUDY}/game-v0", monkeypatch)
    assert found.observation_space == gymnasium.make("MountainCar-v0").observation_space


def test_a_missing_library_is_named_with_its_extra(
    field: Field, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hippo_cli.data.files.find_spec", lambda name: None if name == "h5py" else object())
    with pytest.raises(HippoError, match="-f minari needs h5py") as refused:
        field.export(tmp_path / "out", Format.MINARI)
    assert "hippo-gym-aws[minari]" in (refused.value.fix or "")
