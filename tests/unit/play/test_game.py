"""What a researcher says: Python, config.yml and the JSON Schema agree, and every fault has its fix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import hippo_play
from hippo_play import Binary, Game, GameError, Scale, loading
from hippo_play.game import _FROM_CONFIG
from hippo_play.keys import Keymap, bindings

SCHEMA = json.loads((Path(hippo_play.__file__).parent / "game.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

GAME_PY = """
from hippo_play import Game
game = Game("CartPole-v1", fps=30, episodes=5)
"""


def load(folder: Path, game: Any) -> tuple[Game, ...]:
    (folder / "game.py").write_text(GAME_PY)
    (folder / "config.yml").write_text(yaml.safe_dump({"project": {"id": "p", "game": game}}))
    return tuple(block.game for block in loading.load(str(folder / "config.yml")))


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"env": 7}, "env must be an id or a function"),
        ({"env": ""}, "env is empty"),
        ({"env_args": ["8x8"]}, "env_args must be keyword arguments"),
        ({"keys_to_action": ["a"]}, "keys_to_action must map keys to actions"),
        ({"keys_to_action": {"a": 0, "A": 1}}, "A is bound twice"),
        ({"keys_to_action": {7: 0}}, "7 is the code of no key"),
        ({"labels": {"a": 1}}, "labels must map keys to texts"),
        ({"pointer": {"z": 0}}, "pointer must map x and y"),
        ({"pointer": {"x": 0, "y": 0}}, "pointer must map x and y"),
        ({"gamepad": ["button0"]}, "gamepad must map controls to keys"),
        ({"gamepad": {"A": " "}}, "'A' is no control"),
        ({"gamepad": {"button17": " "}}, "'button17' is no control"),
        ({"gamepad": {"button0": ""}}, "a key's name is empty"),
        ({"fps": 0}, "fps must be a whole number from 1 to 60"),
        ({"fps": True}, "fps must be a whole number"),
        ({"seed": -1}, "seed must be participant, same or a number"),
        ({"seed": "random"}, "seed must be participant, same or a number"),
        ({"wait_on_player": 1}, "wait_on_player must be True or False"),
        ({"episodes": 0}, "episodes must be a whole number from 1"),
        ({"seconds": "60"}, "seconds must be a number from 1"),
        ({"feedback": "binary"}, "feedback must be Binary(), Scale(least, most, step) or None"),
        ({"policy": "model.pt"}, "policy 'model.pt' is no file of a known kind"),
        ({"policy": {}}, "policy is an empty mapping"),
        ({"policy": 7}, "policy must be a policy"),
        ({"instructions": "Press Start."}, "instructions must be a list of lines"),
        ({"display": ["Score"]}, "display must be a function"),
        ({"record": ["reward"]}, "record must list some of observation, info"),
        ({"on_step": 1}, "on_step must be a function"),
        ({"controls": ["good"]}, "controls must list some of pause, reset, stop, speed"),
        ({"budget": -1}, "budget must be a whole number"),
        ({"keys_to_action": {}, "wait_on_player": True}, "wait_on_player waits without end"),
    ],
)
def test_a_fault_is_named_with_its_fix(changes: dict[str, Any], part: str) -> None:
    with pytest.raises(GameError) as raised:
        Game(**{"env": "CartPole-v1"} | changes)
    (problem,) = raised.value.problems
    assert part in problem.problem
    assert problem.fix


def test_all_faults_are_named_together() -> None:
    with pytest.raises(GameError) as raised:
        Game("CartPole-v1", fps=0, episodes=0, seed=-1)
    assert len(raised.value.problems) == 3


GOOD: list[Any] = [
    {"env": "LunarLander-v3", "episodes": 5, "fps": 30},
    {"env": "FrozenLake-v1", "env_args": {"map_name": "8x8"}, "wait_on_player": True, "seed": "same"},
    {"env": "CartPole-v1", "keys_to_action": {"ArrowLeft": 0, "x+y": 1}, "labels": {"x+y": "Right"}, "noop": "last"},
    {"env": "CartPole-v1", "policy": "random", "keys_to_action": {}, "feedback": "binary", "seconds": 90.5},
    {"env": "CartPole-v1", "policy": {"novice": "policies/novice.py", "expert": "models/expert.onnx"}},
    {"env": "CartPole-v1", "policy": {"alone": None, "expert": "models/expert.onnx"}},
    {"env": "CartPole-v1", "feedback": {"scale": [-2, 2, 0.5], "labels": ["poor", "great"], "label": "How was it?"}},
    {"env": "CartPole-v1", "feedback": {"binary": None, "labels": ["No", "Yes"]}},
    {"env": "CartPole-v1", "instructions": "Press Start.\nBalance.", "display": ["Round", "Time"], "record": ["info"]},
    {"env": "CartPole-v1", "controls": [], "start_each_episode": False, "budget": 60, "seed": 12},
    {"env": "MountainCarContinuous-v0", "keys_to_action": {}, "pointer": {"x": 0}},
    {"env": "LunarLander-v3", "gamepad": {"button0": "ArrowUp", "axis2-": "left", "axis2+": "right"}},
    {"file": "game.py"},
    {"file": "game.py", "episodes": 2},
    [{"env": "CartPole-v1", "name": "practice"}, {"file": "game.py", "name": "test"}],
]


@pytest.mark.parametrize("given", GOOD, ids=json.dumps)
def test_what_config_yml_may_say_is_read_and_fits_the_schema(given: Any, tmp_path: Path) -> None:
    assert list(VALIDATOR.iter_errors(given)) == []
    games = load(tmp_path, given)
    assert len(games) == (len(given) if isinstance(given, list) else 1)


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"env": "CartPole-v1", "file": "game.py"}, "one of env and file, not both"),
        ({"episodes": 2}, "one of env and file, not neither"),
        ({"env": "CartPole-v1", "frames": 3}, "game has no key 'frames'"),
        ({"env": "CartPole-v1", "on_step": "x"}, "game has no key 'on_step'"),
        ({"env": "CartPole-v1", "fps": 61}, "fps must be"),
        ({"env": "CartPole-v1", "feedback": "yes"}, "feedback must be binary or"),
        ({"env": "CartPole-v1", "feedback": {"scale": [1]}}, "feedback must be binary or"),
        ({"env": "CartPole-v1", "display": ["Speedometer"]}, "display must list some of"),
        ({"env": "CartPole-v1", "policy": "model.pt"}, "no file of a known kind"),
        ({"env": "Pendulum-v1", "pointer": {"z": 0}}, "pointer must map"),
        ({"env": "CartPole-v1", "gamepad": {"stick": "ArrowLeft"}}, "no control"),
        ({"file": 7}, "file"),
        ([], "must be a mapping or a list of mappings"),
        ("CartPole-v1", "must be a mapping or a list of mappings"),
        ([{"env": "CartPole-v1"}, {"env": "CartPole-v1"}], "no names of their own"),
    ],
)
def test_what_config_yml_may_not_say_is_refused_by_both(given: Any, part: str, tmp_path: Path) -> None:
    assert list(VALIDATOR.iter_errors(given))
    with pytest.raises(GameError, match=part):
        load(tmp_path, given)


def test_the_schema_names_the_parameters_of_game() -> None:
    assert set(SCHEMA["$defs"]["block"]["properties"]) == set(_FROM_CONFIG)


def test_values_of_config_yml_become_those_of_game(tmp_path: Path) -> None:
    scale = {"scale": [0, 10, 1], "labels": ["poor", "great"]}
    (game,) = load(tmp_path, {"env": "CartPole-v1", "feedback": scale, "instructions": "One.\nTwo.\n"})
    assert game.feedback == Scale(0, 10, 1, least_label="poor", most_label="great")
    assert game.instructions == ["One.", "Two."]
    (game,) = load(tmp_path, {"file": "game.py", "episodes": 2, "feedback": "binary"})
    assert (game.episodes, game.fps, game.feedback) == (2, 30, Binary())


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("config.yml", "project: {id: p}", "has no project.game"),
        ("config.yml", "project: [", "is no YAML"),
        ("config.yml", "- 1", "has no project.game"),
        ("game.py", "x = 1", "has no variable `game`"),
        ("game.py", "game = 1", "has no variable `game`"),
        (
            "game.py",
            "import no_such_module",
            r"ModuleNotFoundError.*, line 1\): install it: pip install no_such_module",
        ),
        ("game.py", "x = 1\ny = 1 // 0", r"importing game.py raised ZeroDivisionError.*game.py, line 2\)"),
        ("game.py", "x = (", r"SyntaxError: .*game.py, line 1\)"),
        ("game.py", "from hippo_play import Game\ngame = Game('CartPole-v1', fps=0)", "fps must be"),
        ("missing.py", None, "does not exist"),
        ("missing.yml", None, "does not exist"),
    ],
)
def test_a_target_without_a_game_is_explained(name: str, text: str | None, part: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(GameError, match=part):
        loading.load(str(tmp_path / name))


@pytest.mark.parametrize("value", [(1, 1), (2, 1), (0, 1, 2), (0, 1, 0), ("a", 1), (float("nan"), 1)])
def test_a_scale_without_a_range_is_refused(value: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="a scale needs"):
        Scale(*value)


def test_keys_with_the_same_action_share_a_button_and_older_pages_find_the_nine() -> None:
    found = bindings({"j": 0, "ArrowLeft": 0, "l": 1, "ArrowRight": 1, ("q", "x"): 2}, {"j": "Go left"})
    assert [(each.name, each.label) for each in found] == [
        ("left", "Go left"),
        ("left", "Go left"),
        ("right", "L"),
        ("right", "L"),
        ("q+x", "Q + X"),
    ]
    keymap = Keymap(found)
    assert keymap.keys_of("left") == ("ArrowLeft",)
    assert keymap.keys_of("a") == ("ArrowLeft",)  # the letter that older pages take for the arrow
    assert keymap.keys_of("ArrowLeft") == ("ArrowLeft",)
    assert keymap.resolve(["j", "q", "x"]) == 2
