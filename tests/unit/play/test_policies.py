"""Policies: their kinds, their thread, and what they learn from."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import gymnasium
import numpy
import pytest

from hippo_play import Game, GameError, Policy, Step
from hippo_play.blocks import Block, prepare
from hippo_play.policies import PolicyError, ThreadActor, load
from hippo_play.policies.loading import _action
from tests.unit.play.rail import LEFT, RIGHT, rail
from tests.unit.play.serving import SPEAKING_HELLO, receive, receive_done, send, serving, shows
from tests.unit.play.virtual_time import run

SPACE = gymnasium.spaces.Discrete(3)


class Gate:
    """A policy that answers only when it may."""

    def __init__(self) -> None:
        self.opened, self.asked = threading.Event(), threading.Semaphore(0)

    def choose(self, observation: Any, step: int) -> int:
        self.asked.release()
        assert self.opened.wait(300)
        return LEFT


class Learner:
    """A policy with every method."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def choose(self, observation: Any, step: int) -> int:
        return RIGHT

    def learn(self, step: Step) -> None:
        self.heard.append(f"step {step.number} of {step.source}")

    def feedback(self, steps: tuple[Step, ...], value: float) -> None:
        self.heard.append(f"{value:g} for {[step.number for step in steps]}")

    def save(self, folder: Path) -> None:
        (folder / "heard.json").write_text(json.dumps(self.heard))


def test_a_policy_that_has_answered_is_not_behind() -> None:
    actor = ThreadActor(lambda observation: observation * 2)
    assert actor.take(1) == (None, 1)
    for number in (1, 2):
        actor.request(number, number)
        assert actor.wait(300)
        assert actor.take(number) == (2 * number, 0)
    actor.close()


def test_while_a_policy_is_slow_its_last_action_stands() -> None:
    policy = Gate()
    actor = ThreadActor(policy)
    policy.opened.set()
    actor.request("first", 1)
    assert actor.wait(300)
    policy.opened.clear()
    for number in (2, 3, 4):
        actor.request("later", number)
        assert actor.take(number) == (LEFT, number - 1)
    policy.opened.set()
    assert actor.wait(300)
    assert actor.take(4) == (LEFT, 0)
    actor.close()


def test_of_the_requests_that_wait_only_the_latest_is_answered() -> None:
    policy = Gate()
    actor = ThreadActor(policy)
    actor.request("a", 1)
    assert policy.asked.acquire(timeout=300)
    for number in (2, 3, 4):
        actor.request("b", number)
    policy.opened.set()
    assert actor.wait(300)
    assert policy.asked.acquire(timeout=300)
    assert not policy.asked.acquire(blocking=False)
    actor.close()


def test_an_error_of_a_policy_reaches_the_game() -> None:
    actor = ThreadActor(lambda observation: 1 // 0)
    actor.request(0, 1)
    assert actor.wait(300)
    with pytest.raises(ZeroDivisionError):
        actor.take(1)


def test_steps_and_judgements_arrive_in_order() -> None:
    learner = Learner()
    assert isinstance(learner, Policy)
    actor = ThreadActor(learner)
    step = Step(1, 1, 0, RIGHT, "human", -1.0, False, False, 1)  # type: ignore[arg-type]
    actor.learn(step)
    actor.feedback((step,), -1)
    actor.learn(step)
    assert actor.wait(300)
    assert learner.heard == ["step 1 of human", "-1 for [1]", "step 1 of human"]
    actor.close()


def test_a_learning_policy_plays_and_its_checkpoints_go_with_the_record(tmp_path: Path) -> None:
    learner = Learner()

    async def test() -> None:
        game = rail(length=5, episodes=2, policy=learner)
        async with serving(tmp_path, game) as served, served.player(SPEAKING_HELLO) as connection:
            await send(connection, command="start")
            await receive(connection, shows("Steps", "3 of"))
            await send(connection, input="feedback", value=1, frameId=3)
            await receive(connection, shows("Game", "this round"))
            await send(connection, command="start")
            await receive_done(connection)
            assert {step["source"] for step in served.bucket.named("step")} == {"policy"}
            files = [key for key in served.bucket.parts if key.endswith("heard.json")]
            assert [file.split("Z-", 1)[1] for file in sorted(files)] == [
                "policy-game-episode-00001/heard.json",
                "policy-game-episode-00002/heard.json",
                "policy-game-last/heard.json",
            ]
            assert json.loads(served.bucket.parts[files[-1]])[-1] == "step 5 of policy"
            assert list(tmp_path.rglob("*.json*")) == []

    run(test)
    assert any(heard.startswith("1 for [") for heard in learner.heard)


def test_a_policy_that_does_not_answer_delays_no_frame_and_the_record_says_so(tmp_path: Path) -> None:
    policy = Gate()

    async def test() -> None:
        async with serving(tmp_path, rail(9, episodes=1, policy=policy)) as served:
            import asyncio

            from tests.unit.play.virtual_time import VirtualLoop

            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualLoop)
            loop.workers.clear()  # time passes while the policy thinks
            async with served.player(SPEAKING_HELLO) as connection:
                await send(connection, command="start")
                await receive_done(connection)
                steps = served.bucket.named("step")
                assert [(step["source"], step["behind"]) for step in steps] == [("nobody", n) for n in range(1, 10)]
            policy.opened.set()

    run(test)


def test_an_error_of_a_policy_ends_the_server_with_the_record_saved(tmp_path: Path) -> None:
    async def test() -> None:
        game = rail(policy=lambda observation: 1 // 0)
        async with serving(tmp_path, game) as served, served.player(SPEAKING_HELLO) as connection:
            await send(connection, command="start")
            with pytest.raises(ZeroDivisionError):
                await served.leaves()
            assert served.bucket.events[-1]["reason"] == "failed"

    run(test)


@pytest.mark.parametrize(
    ("text", "name"),
    [("def choose(observation, step):\n    return 2\n", "choose"), ("policy = lambda observation: 2\n", "policy")],
)
def test_a_python_file_is_a_policy(text: str, name: str, tmp_path: Path) -> None:
    (tmp_path / f"with_{name}.py").write_text(text)
    policy, shown = load(f"with_{name}.py", tmp_path, SPACE, {})
    actor = ThreadActor(policy)
    actor.request(0, 1)
    assert actor.wait(300)
    assert (actor.take(1), shown) == ((2, 0), f"with_{name}.py")
    actor.close()


def test_a_conditions_value_chooses_the_policy(tmp_path: Path) -> None:
    given = {"novice": lambda observation: 0, "expert": lambda observation: 2}
    assert load(given, tmp_path, SPACE, {"partner": "expert", "colour": "red"})[0] is given["expert"]
    assert load({**given, "alone": None}, tmp_path, SPACE, {"partner": "alone"})[0] is None
    with pytest.raises(PolicyError, match=r"no condition of this participant \(colour=red\) .*novice, expert"):
        load(given, tmp_path, SPACE, {"colour": "red"})
    with pytest.raises(PolicyError, match="belong to two conditions"):
        load(given, tmp_path, SPACE, {"partner": "expert", "rival": "novice"})


def test_yaml_reads_on_and_off_as_true_and_false(tmp_path: Path) -> None:
    on = object()
    assert load({True: lambda _: on, False: "random"}, tmp_path, SPACE, {"help": "on"})[0](0) is on


def test_random_play_stays_within_the_space(tmp_path: Path) -> None:
    policy, _ = load("random", tmp_path, SPACE, {})
    assert {policy.choose(None, 1) for _ in range(60)} == {0, 1, 2}


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("nothing.py", "does not exist"),
        ("empty.py", "has no policy"),
        ("text.onnx", "onnx"),
        ("text.zip", "stable-baselines3|Stable"),
    ],
)
def test_a_file_that_is_no_policy_is_explained(file: str, part: str, tmp_path: Path) -> None:
    for name in ("empty.py", "text.onnx", "text.zip"):
        (tmp_path / name).write_text("x = 1\n")
    with pytest.raises(PolicyError, match=part) as raised:
        load(file, tmp_path, SPACE, {})
    assert raised.value.fix
    with pytest.raises(GameError, match=part):
        prepare([Block(Game("CartPole-v1", policy=file), tmp_path)], {}, project_id="p", participant="u")


def test_an_output_of_a_model_becomes_an_action() -> None:
    assert _action(numpy.array([0.1, 0.9, 0.2]), SPACE) == 1
    assert _action(numpy.array([2]), SPACE) == 2
    box = gymnasium.spaces.Box(-1, 1, (2,), numpy.float32)
    assert list(_action(numpy.array([3.0, -0.5]), box)) == [1.0, -0.5]


def test_an_onnx_model_acts(tmp_path: Path) -> None:
    onnx, _ = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    helper = onnx.helper
    weights = helper.make_tensor("w", onnx.TensorProto.FLOAT, [2, 3], [0, 0, 1, 0, 1, 0])
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "policy",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [None, 3])],
        [weights],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
    onnx.save(model, str(tmp_path / "policy.onnx"))
    policy, _ = load("policy.onnx", tmp_path, SPACE, {})
    assert [policy(numpy.array(each)) for each in ([5.0, 1.0], [1.0, 5.0])] == [2, 1]


@pytest.mark.parametrize(
    ("file", "module", "package"),
    [
        ("policy.onnx", "onnxruntime", "onnxruntime"),
        ("policy.zip", "stable_baselines3", "stable-baselines3"),
    ],
)
def test_a_library_that_a_model_needs_is_named(
    file: str, module: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / file).touch()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(PolicyError) as raised:
        load(file, tmp_path, SPACE, {})
    assert f"import of {module}" in raised.value.problem  # as Python says it, so that `hippo` finds the package
    assert raised.value.fix == f"install it: pip install {package}"


def test_a_model_of_stable_baselines3_acts(tmp_path: Path) -> None:
    stable_baselines3 = pytest.importorskip("stable_baselines3")
    environment = gymnasium.make("CartPole-v1")
    stable_baselines3.DQN("MlpPolicy", environment, device="cpu").save(tmp_path / "policy.zip")
    policy, _ = load("policy.zip", tmp_path, environment.action_space, {})
    assert int(policy(environment.reset(seed=1)[0])) in (0, 1)
