"""gymnasium's environments, and those of old gym, with one interface.

make    a game's environment, checked: every fault with its fix
World   resets, steps and draws it, whatever its generation
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import gymnasium
import numpy

from . import keys, known
from .faults import explained
from .game import FASTEST, Game, GameError, Problem
from .keys import Binding, Keymap

_FPS: Final = 30


@dataclass(frozen=True)
class Outcome:
    """The result of one step; `terminated` and `truncated` as in gymnasium."""

    observation: Any
    reward: float
    terminated: bool
    truncated: bool
    info: Mapping[str, Any] = field(default_factory=dict)


class World:
    """One environment.

    Attributes:
        environment: as the researcher made it.
        keymap: the keys and their actions.
        noop: the action while no key is held.
        holds: without a key the last action stands.
        turns: the environment waits for the player.
        fps: frames per second at the start.
        most_steps: after which gymnasium ends an episode; None: no limit.
        space: of the actions; None for environments that name none.
    """

    def __init__(self, game: Game) -> None:
        """Make the environment.

        Raises:
            GameError: it cannot be made or played; names every fault with its fix.
        """
        # A container has no screen for the drawing library.
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        self.environment = _make(game)
        self.space: Any = getattr(self.environment, "action_space", None)
        spec = _spec(self.environment)
        self.most_steps: int | None = getattr(spec, "max_episode_steps", None)
        self.name = str(getattr(spec, "id", None) or type(unwrapped(self.environment)).__name__)
        usual = known.find(getattr(spec, "id", None))
        metadata = getattr(self.environment, "metadata", None) or {}
        own = metadata.get("render_fps", metadata.get("video.frames_per_second", _FPS)) or _FPS
        self.fps = game.fps or max(1, min(FASTEST, int(own)))
        # A policy acts at the game's pace, also where people alone would take turns.
        waits = bool(usual and usual.turns) and game.policy is None
        self.turns = waits if game.wait_on_player is None else game.wait_on_player
        problems: list[Problem] = [*self._render_problems()]
        bindings, noop = _bindings(game, self.environment, usual, problems)
        self.turns = self.turns and bool(bindings or game.pointer)
        self.pointer = dict(game.pointer or {})
        self.holds = isinstance(noop, str) and noop == known.LAST
        self.noop = self._first_action(bindings) if self.holds else self._action(noop)
        problems += [*self._action_problems(bindings), *self._pointer_problems(), *_gamepad_problems(game, bindings)]
        if problems:
            self.close()
            raise GameError(*problems)
        match self.space:
            case gymnasium.spaces.Box(low=low, high=high):
                self.keymap = Keymap(bindings, limits=(low, high))
            case _:
                self.keymap = Keymap(bindings)

    def reset(self, seed: int) -> tuple[Any, Mapping[str, Any]]:
        """Begin an episode; return its first observation and info."""
        try:
            found = self.environment.reset(seed=seed)
        except TypeError as error:  # old gym
            if "seed" not in str(error):
                raise
            if hasattr(self.environment, "seed"):
                self.environment.seed(seed)
            found = self.environment.reset()
        if isinstance(found, tuple) and len(found) == 2 and isinstance(found[1], Mapping):
            return found[0], found[1]
        return found, {}

    def step(self, action: Any) -> Outcome:
        """Make one step."""
        found = self.environment.step(action)
        if len(found) == 4:  # old gym
            observation, reward, done, info = found
            cut = bool(info.get("TimeLimit.truncated", False))
            return Outcome(observation, float(reward), bool(done) and not cut, bool(done) and cut, info)
        observation, reward, terminated, truncated, info = found
        return Outcome(observation, float(reward), bool(terminated), bool(truncated), info or {})

    def picture(self) -> numpy.ndarray[Any, Any]:
        """Draw the current state: height by width by 3, unsigned bytes."""
        try:
            pixels = self.environment.render()
        except TypeError as error:  # old gym
            if "mode" not in str(error):
                raise
            pixels = self.environment.render(mode="rgb_array")
        if isinstance(pixels, list) and pixels:
            pixels = pixels[-1]
        return numpy.asarray(pixels)

    def action(self, wanted: Any) -> Any:
        """Return an action as the environment takes it."""
        return self._action(wanted)

    def misfit(self, wanted: Any, who: str) -> Problem | None:
        """Return what is wrong with an action that a policy chose; None: nothing.

        Of a Box only the shape counts: many environments clip numbers that are out of bounds.
        """
        action = self._action(wanted)
        if self.space is None or _contains(self.space, action):
            return None
        if isinstance(self.space, gymnasium.spaces.Box) and numpy.shape(action) == self.space.shape:
            return None
        shown = " ".join(repr(wanted).split())  # in one line
        return Problem(f"{who} chose {shown}, which is not in {self.space}", f"return {_example(self.space)}")

    def pointed(self, x: float, y: float) -> Any:
        """Return the action of a place in the picture: x from the left, y from the top, 0 to 1."""
        action = numpy.array(self.noop, dtype=float).reshape(-1)
        low, high = self.space.low.reshape(-1), self.space.high.reshape(-1)
        for axis, share in (("x", x), ("y", 1 - y)):
            if axis in self.pointer:
                part = self.pointer[axis]
                action[part] = low[part] + share * (high[part] - low[part])
        return self._action(action)

    def close(self) -> None:
        """Release the drawing library's memory."""
        self.environment.close()

    def _action(self, wanted: Any) -> Any:
        match self.space:
            case gymnasium.spaces.Discrete():
                return (
                    int(wanted)
                    if isinstance(wanted, numpy.integer | numpy.ndarray) and numpy.size(wanted) == 1
                    else wanted
                )
            case gymnasium.spaces.Box() | gymnasium.spaces.MultiDiscrete() | gymnasium.spaces.MultiBinary():
                try:
                    return numpy.asarray(wanted, dtype=self.space.dtype).reshape(self.space.shape)
                except (TypeError, ValueError):
                    return wanted
        return wanted

    def _first_action(self, bindings: tuple[Binding, ...]) -> Any:
        return self._action(bindings[0].action if bindings else 0)

    def _render_problems(self) -> list[Problem]:
        mode = getattr(self.environment, "render_mode", "rgb_array")
        if mode in ("rgb_array", "rgb_array_list"):
            return []
        return [
            Problem(
                f"the environment draws with render_mode={mode!r}, not as pictures",
                'make it with render_mode="rgb_array"',
            )
        ]

    def _pointer_problems(self) -> list[Problem]:
        if not self.pointer:
            return []
        box = isinstance(self.space, gymnasium.spaces.Box)
        if box and max(self.pointer.values()) < self.space.low.size and self.space.is_bounded():
            return []
        fix = "leave it out, or use parts of an action of bounded numbers (a Box)"
        return [Problem(f"pointer {self.pointer} does not fit {self.space}", fix)]

    def _action_problems(self, bindings: tuple[Binding, ...]) -> list[Problem]:
        if self.space is None:
            return []
        found = []
        for where, wanted in [*((keys.shown(each.keys), each.action) for each in bindings), ("noop", self.noop)]:
            action = self._action(wanted)
            if not _contains(self.space, action):
                found.append(
                    Problem(f"the action {wanted!r} of {where} is not in {self.space}", f"use {_example(self.space)}")
                )
        return found


def _gamepad_problems(game: Game, bindings: tuple[Binding, ...]) -> list[Problem]:
    """Return a problem for each control of the gamepad that presses a key which the game does not have."""
    there = {key for binding in bindings for key in binding.keys}
    fix = f"use some of {', '.join(sorted(map(repr, there))) or 'no key: the game has none'}"
    pressed = keys.gamepad(game.gamepad or {})
    return [
        Problem(f"gamepad: {control} presses {key!r}, which the game does not have", fix)
        for control, key in pressed.items()
        if key not in there
    ]


def _make(game: Game) -> Any:
    if not isinstance(game.env, str):
        return _called(game.env)
    if game.env.startswith("ALE/") and importlib.util.find_spec("ale_py") is not None:
        gymnasium.register_envs(importlib.import_module("ale_py"))
    try:
        return gymnasium.make(
            game.env, **{"render_mode": "rgb_array", "disable_env_checker": True, **(game.env_args or {})}
        )
    except gymnasium.error.DependencyNotInstalled as error:
        raise GameError(Problem(f"{game.env} needs a package: {error}", "install it beside hippo_play")) from error
    except ModuleNotFoundError as error:
        name = error.name or game.env.split(":")[0]
        raise GameError(Problem(f"{game.env} needs {name} ({error})", f"install it: pip install {name}")) from error
    except gymnasium.error.Error as error:
        fix = "write an id such as CartPole-v1 (gymnasium.pprint_registry() lists them), or module:id"
        raise GameError(Problem(f"env: {' '.join(str(error).split())}", fix)) from error
    except TypeError as error:
        raise GameError(Problem(f"env_args: {error}", f"use arguments that {game.env} takes")) from error


def _called(make: Any) -> Any:
    try:
        environment = make()
    except Exception as error:
        raise explained(error, "making the environment") from error
    lacks = [name for name in ("reset", "step", "render") if not callable(getattr(environment, name, None))]
    if lacks:
        raise GameError(
            Problem(
                f"env returned {environment!r}, which has no {', '.join(lacks)}", "return an environment of gymnasium"
            )
        )
    return environment


def _spec(environment: Any) -> Any:
    """Return what gymnasium knows of the environment, with its wrappers' limit of steps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of wrappers that cannot describe themselves
        return getattr(environment, "spec", None) or getattr(unwrapped(environment), "spec", None)


def unwrapped(environment: Any) -> Any:
    """Return the environment inside all wrappers; one that names none is its own."""
    return getattr(environment, "unwrapped", environment)


def _bindings(
    game: Game, environment: Any, usual: known.Known | None, problems: list[Problem]
) -> tuple[tuple[Binding, ...], Any]:
    """Return the keys and the action without a key: the game's, else the environment's own, else the known ones."""
    actions, labels, noop = game.keys_to_action, game.labels or {}, game.noop
    own = getattr(unwrapped(environment), "get_keys_to_action", None)
    if actions is None and usual is not None:
        actions, labels = usual.keys_to_action, {**usual.labels, **labels}
    elif actions is None and callable(own):
        actions = own()
    if noop is None and usual is not None:
        noop = usual.noop
    if noop is None and callable(own):
        noop = next((action for held, action in own().items() if not held), None)
    if noop is None:
        noop = _zero(getattr(environment, "action_space", None))
    if actions is None:
        if game.policy is None and game.pointer is None:
            space = getattr(environment, "action_space", None)
            fix = f'write keys_to_action={{"ArrowLeft": {_example(space)}, …}}, or keys_to_action={{}} to watch'
            problems.append(Problem(f"the environment names no keys; its actions are {space}", fix))
        return (), noop
    try:
        return keys.bindings(actions, labels), noop
    except ValueError as error:
        problems.append(Problem(f"keys_to_action: {error}", "write names such as ArrowLeft or x"))
        return (), noop


def _zero(space: Any) -> Any:
    match space:
        case gymnasium.spaces.Discrete():
            return int(space.start)
        case gymnasium.spaces.Box():
            return numpy.clip(numpy.zeros(space.shape), space.low, space.high)
        case gymnasium.spaces.MultiDiscrete() | gymnasium.spaces.MultiBinary():
            return numpy.zeros(space.shape)
    return 0


def _contains(space: Any, action: Any) -> bool:
    try:
        return bool(space.contains(action))
    except (TypeError, ValueError, AttributeError):
        return False


def _example(space: Any) -> str:
    match space:
        case gymnasium.spaces.Discrete():
            return f"a number from {space.start} to {space.start + space.n - 1}"
        case gymnasium.spaces.Box():
            return f"{space.shape} numbers from {space.low.tolist()} to {space.high.tolist()}"
    return f"an action such as {space.sample()!r}" if space is not None else "one of the environment's actions"
