"""App folders of the original framework, in the forms that its users have, run unchanged."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hippo_play import Game, GameError, classic, loading
from hippo_play.__main__ import main
from hippo_play.blocks import Block, prepare
from hippo_play.connection.leaving import Ending
from hippo_play.environments import World
from hippo_play.recording.replay import replay
from tests.unit.play.apps import FUNCTIONS, OF_GYMNASIUM, OLD_GYM, OWN_ENVIRONMENT, TRIAL, app
from tests.unit.play.serving import NEW_HELLO, OLD_HELLO, is_frame, receive, receive_done, send, serving, shows
from tests.unit.play.virtual_time import run


@pytest.fixture(autouse=True)
def own_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the working folder and sys.path, which an App changes, back after each test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))


def stepped(game: Game, actions: list[int], participant: str = "u1") -> list[tuple[Any, ...]]:
    """Return observation, reward and end of each of these actions in a new game."""
    (table,) = prepare([Block(game, Path())], {}, project_id="p", participant=participant)
    table.play()
    outcomes = [table.world.step(table.world.action(action)) for action in actions]
    table.close()
    return [(tuple(map(float, each.observation)), each.reward, each.terminated, each.truncated) for each in outcomes]


@pytest.mark.parametrize("agent", [OLD_GYM, OF_GYMNASIUM], ids=["gym's four values", "gymnasium's five"])
def test_an_app_is_played_from_the_first_message_to_done(agent: str, tmp_path: Path) -> None:
    falls_soon = TRIAL.replace("MountainCar-v0", "CartPole-v1").replace("[left, noop, right]", "[left, right]")
    game = classic.game(app(tmp_path, agent, falls_soon))

    async def test() -> None:
        async with serving(tmp_path, game) as served, served.connect() as connection:
            await send(connection, **OLD_HELLO)
            welcome = await receive(connection, lambda message: "UI" in message)
            assert welcome["UI"] == ["left", "right", "start", "pause"]
            assert welcome["gameWindowWidth"] == 600
            await receive(connection, is_frame)
            await send(connection, command="start")
            await send(connection, action="right", actionType="rightArrow", frameCount=1, frameId=1)
            await receive(connection, shows("Steps", "4 of 500"))
            await send(connection, action="noop", actionType="rightArrow", frameCount=4, frameId=4)
            await receive_done(connection)  # the second episode begins without Start
            steps = served.bucket.named("step")
            assert [each["episode"] for each in steps] == sorted(each["episode"] for each in steps)
            assert [each["episode"] for each in steps if each["terminated"]] == [1, 2]
            assert {each["action"] for each in steps if each["source"] == "human"} == {1}
            assert {each["action"] for each in steps if each["source"] == "nobody"} == {0}
            assert all(len(each["next_observation"]) == 4 and each["reward"] == 1 for each in steps)
            if agent is OLD_GYM:  # `reset` was called once for each episode, as by trial.py
                assert [each["env_state"]["resets"] for each in steps if each["step"] == 1] == [1, 2]
                assert all(len(each["observation"]) == 4 for each in steps)
            assert await served.leaves() is Ending.GAME_OVER
            again = replay(served.bucket.events, World(game))
            assert (again.episodes, again.steps, again.differences) == (2, len(steps), [])

    run(test)


def test_functions_without_a_class_hear_the_participants_judgement(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trial = (
        "trial: {game: rail, actionSpace: [up, null], maxEpisodes: 1, startingFrameRate: 20, ui: [start, good, bad]}"
    )
    game = classic.game(app(tmp_path, FUNCTIONS, trial))

    async def test() -> None:
        async with serving(tmp_path, game) as served, served.player(NEW_HELLO) as connection:
            await send(connection, command="start")
            await receive(connection, shows("Steps", "5"))
            await send(connection, action="command", command="bad")
            await receive_done(connection)
            steps = served.bucket.named("step")
            heard = [each["env_state"]["heard"] for each in steps]
            assert (len(heard), heard.count("bad"), heard.count("None")) == (40, 1, 39)
            assert sum(each["feedback"] for each in steps) == -1
            assert steps[-1]["env_state"]["action"] == "right"  # a name that the row has, too
            assert await served.leaves() is Ending.GAME_OVER

    run(test)
    assert "close() raised RecursionError" in caplog.text


@pytest.mark.parametrize(
    ("parameters", "heard"),
    [
        ("action", [2]),
        ("a", [2]),
        ("action, reward, demo=False", [2, "good"]),
        ("human_feedback, episode_number", ["good", 1]),
    ],
)
def test_step_gets_what_its_parameters_are_named_for(parameters: str, heard: list[Any], tmp_path: Path) -> None:
    names = ", ".join(name for name in parameters.split(", ") if "=" not in name)
    code = OLD_GYM.replace("self, action", f"self, {parameters}").replace("self.env.step(action)", "self.env.step(0)")
    code = code.replace("observation, reward, done", f"heard = [{names}]; observation, reward, done")
    code = code.replace("'resets': Agent.resets}", "'heard': heard}, -1, 'text'")
    game = classic.game(app(tmp_path, code, TRIAL.replace("good: False", "good: True")))
    (table,) = prepare([Block(game, Path())], {}, project_id="p", participant="u")
    table.play()
    if table.actor is not None:
        table.actor.policy.feedback((), 1.0)
    outcome = table.world.step(2)
    table.close()
    assert outcome.info["env_state"] == {"info": {}, "heard": heard, "returned": [-1, "text"]}


def test_a_participant_who_returns_goes_on_in_the_same_episode(tmp_path: Path) -> None:
    game = classic.game(app(tmp_path, OLD_GYM))

    async def test() -> None:
        async with serving(tmp_path, game) as served:
            async with served.player() as connection:
                await send(connection, command="start")
                await receive(connection, shows("Steps", "3 of"))
            async with served.player() as connection:
                await send(connection, command="start")
                await receive(connection, shows("Steps", "6 of"))
            assert served.play.episode == 1

    run(test)
    assert sys.modules["agent"].Agent.resets == 1


def test_one_seed_gives_one_episode_and_an_agent_that_seeds_itself_is_left_alone(tmp_path: Path) -> None:
    game = classic.game(app(tmp_path, OLD_GYM))
    assert stepped(game, [0, 2, 2]) == stepped(game, [0, 2, 2])
    assert stepped(game, [0], "u1") != stepped(game, [0], "u2")
    own = OLD_GYM.replace("gym.make(game)", "gym.make(game); self.env.seed(5)")
    (tmp_path / "App" / "agent.py").write_text(own)
    game = classic.game(tmp_path / "App")
    assert stepped(game, [0], "u1") == stepped(game, [0], "u2")


def test_a_version_that_gymnasium_has_no_more_is_replaced_by_its_newest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    game = classic.game(app(tmp_path, OLD_GYM, TRIAL.replace("MountainCar-v0", "FrozenLake-v0")))
    (table,) = prepare([Block(game, Path())], {}, project_id="p", participant="u")
    table.close()
    assert table.world.name == "FrozenLake-v1"
    assert "FrozenLake-v1 is played, whose rules may differ" in caplog.text


def test_an_environment_of_ones_own_in_old_gyms_form_is_registered_and_cut(tmp_path: Path) -> None:
    trial = TRIAL.replace("MountainCar-v0", "Line-v0").replace("[left, noop, right]", "[noop, right]")
    game = classic.game(app(tmp_path, OWN_ENVIRONMENT + OLD_GYM, trial))
    assert stepped(game, [1, 0, 1, 1])[-1] == ((3.0,), 1.0, False, True)


def test_the_configs_meaning_is_that_of_the_original(tmp_path: Path) -> None:
    trial = """
trial:
  game: x
  actionSpace: [NoOp, up, upright, fire, null, jump]
  defaultAction: null
  startingFrameRate: 90
  maxFrameRate: 40
  minFrameRate: 20
  frameRateStepSize: 7
  allowFrameRateChange: true
  instructions: [Reach the goal.]
  ui: [up, upRight, fpsUp, reset, stop, library]
"""
    game = classic.game(app(tmp_path, OLD_GYM, trial))
    assert game.keys_to_action == {"ArrowUp": 1, "e": 2}  # `ui` does not show fire
    assert (game.noop, game.wait_on_player, game.episodes, game.fps) == (0, True, 20, 60)
    assert (game.pace, set(game.controls)) == ((20, 40, 7), {"reset", "stop", "speed"})
    assert (game.instructions, game.feedback, game.policy) == (("Reach the goal.",), None, None)


def test_frame_rates_keep_to_the_limits_of_the_config(tmp_path: Path) -> None:
    trial = TRIAL.replace("60", "20\n  maxFrameRate: 22\n  frameRateStepSize: 7\n  allowFrameRateChange: true")
    game = classic.game(app(tmp_path, OLD_GYM, trial.replace("fpsUp: False", "fpsUp: True")))

    async def test() -> None:
        async with serving(tmp_path, game) as served, served.player() as connection:
            for change in ("slower", "faster", "60"):
                await send(connection, changeFrameRate=change)
            await receive(connection, shows("Speed", "22"))
        changed = [event["frames_per_second"] for event in served.bucket.named("frame_rate_changed")]
        assert changed == [13, 20, 22]

    run(test)


def test_the_copy_of_the_config_in_the_image_is_read(tmp_path: Path) -> None:
    folder = app(tmp_path, OLD_GYM)
    (tmp_path / "config.yml").rename(folder / ".trialConfig.yml")
    assert classic.game(folder).episodes == 2
    (tmp_path / "config.yml").write_text("project: {id: a}")  # without `trial`
    assert classic.game(folder).episodes == 2


def write(path: str, text: str) -> Callable[[Path], Any]:
    return lambda folder: (folder / path).write_text(text)


def change(old: str, new: str) -> Callable[[Path], Any]:
    return write("App/agent.py", OLD_GYM.replace(old, new))


def try_out(folder: Path) -> None:
    (table,) = prepare([Block(classic.game(folder), folder)], {}, project_id="p", participant="u")
    table.play()
    table.world.picture()
    table.world.step(0)


@pytest.mark.parametrize(
    ("damage", "parts"),
    [
        (lambda folder: (folder / "App/agent.py").unlink(), ["App/agent.py does not exist", "--classic App"]),
        (lambda folder: (folder / "config.yml").unlink(), ["has a mapping trial", "actionSpace"]),
        (write("config.yml", "trial: {a"), ["config.yml is no YAML"]),
        (
            write("config.yml", "trial: {maxEpisodes: 0, ui: left, actionSpace: {a: 1}, defaultAction: jump}"),
            ["trial.maxEpisodes", "trial.ui", "trial.actionSpace", "trial.defaultAction"],
        ),
        (change("def close", "def shut"), ["App/agent.py: Agent has no close"]),
        (write("App/agent.py", "start = 1"), ["has no class with start, step", "name the class Agent"]),
        (change("(self, action)", "(self, action, mood)"), ["parameter mood", "step(self, action, reward)"]),
        (
            change("import gym\n", "import gym.wrappers\n"),
            ["cannot be imported", "in place of gym there are only make"],
        ),
        (
            change("import gym\n", "import absent_package\n"),
            ["(line 2)", "install absent_package, or put absent_package.py"],
        ),
        (
            change("gym.make(game)", "open('data/trialData.json')"),
            ["start() raised FileNotFoundError", "App/data/trialData.json", "paths start at the folder of agent.py"],
        ),
        (change("observation, reward, done, info = ", "a, b, c = "), ["(line 11)", "five parts"]),
        (change("'done': done, ", ""), ["step() returned a dictionary without 'done'", "return a dictionary"]),
        (
            change("self.env.render('rgb_array')", "'Images/one.bmp'"),
            ["render() returned 'Images/one.bmp'", "rgb_array"],
        ),
    ],
)
def test_errors_name_the_file_and_the_fix(damage: Callable[[Path], Any], parts: list[str], tmp_path: Path) -> None:
    folder = app(tmp_path, OLD_GYM)
    damage(tmp_path)
    with pytest.raises(GameError) as raised:
        try_out(folder)
    assert all(part in str(raised.value) for part in parts), str(raised.value)
    assert all(problem.fix for problem in raised.value.problems)


def test_a_game_py_of_the_guide_names_the_app(tmp_path: Path) -> None:
    app(tmp_path, OLD_GYM)
    guide = Path(__file__).parents[3] / "docs" / "classic-games.md"
    (code,) = re.findall(r"```python\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "game.py").write_text(code)
    (tmp_path / "study.yml").write_text("project: {game: {file: game.py, episodes: 7}}")
    (block,) = loading.load(str(tmp_path / "study.yml"))
    assert (block.game.episodes, block.game.pace) == (7, (1, 60, 5))


def test_the_program_checks_an_app(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app(tmp_path, OLD_GYM, TRIAL.replace("60", "1"))
    assert main(["--classic", "App", "--check", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"]
    assert report["facts"]["environment"] == "MountainCar-v0"
    assert report["facts"]["keys"] == "ArrowLeft: Left, ArrowRight: Right"


def test_the_program_refuses_a_folder_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--classic", "App"]) == 2
    assert "App is no folder" in capsys.readouterr().err
