"""Imports an App's agent.py, and calls its five functions in the form in which they were written.

    class Agent with start, step, render, reset, close    2021 and later
    functions start(game) → env, step(env, …), …          before: the environment is their first argument

`step` gets what its parameters are named for: the action's number, the participant's judgement
(`"good"`, `"bad"` or `"None"`), the number of the episode.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any, Final

from ..game import GameError, Problem
from . import old_gym

METHODS: Final = ("start", "step", "render", "reset", "close")

_JUDGEMENT: Final = ("reward", "feedback")


class AgentError(GameError):
    """Code of agent.py failed; names the place and the fix."""


@dataclass(frozen=True)
class Code:
    """An agent.py that was imported.

    Attributes:
        file: its path.
        make: returns a new agent; of the older form, the module.
        wanted: what `step` asks for, in the order of its parameters: action, judgement, episode.
    """

    file: Path
    make: Callable[[], Any]
    wanted: tuple[str, ...]


class Agent:
    """The five functions of an agent.py, whichever form they have."""

    def __init__(self, code: Code, config: Mapping[str, Any]) -> None:
        """Make the agent.

        config: the `trial:` part, for a `start` that asks for all of it.
        """
        self.file = code.file
        self._config = config
        self._wanted = code.wanted
        self._returned: Any = None
        try:
            self._made = code.make()
        except Exception as error:
            raise AgentError(problem(f"{self.file}: Agent() raised", error, self.file)) from error
        self._is_module = inspect.ismodule(self._made)

    @property
    def env(self) -> Any:
        """The environment inside: what `start` returned, or the attribute `env`; None: unknown."""
        return self._returned if self._is_module else getattr(self._made, "env", None)

    def start(self, game: Any) -> None:
        """Call `start`."""
        names = [name for name in inspect.signature(self._made.start).parameters if name != "self"]
        asks_for_all = bool(names) and "config" in names[0].lower()
        self._returned = self._call("start", self._config if asks_for_all else game)

    def reset(self) -> Any:
        """Call `reset`; return what it returned."""
        return self._call("reset", *self._first)

    def step(self, action: int, judgement: str, episode: int) -> Any:
        """Call `step`; return what it returned."""
        given = {"action": action, "judgement": judgement, "episode": episode}
        return self._call("step", *self._first, *(given[name] for name in self._wanted))

    def render(self) -> Any:
        """Call `render`."""
        return self._call("render", *self._first)

    def close(self) -> None:
        """Call `close`."""
        self._call("close", *self._first)

    @property
    def _first(self) -> tuple[Any, ...]:
        return (self._returned,) if self._is_module else ()

    def _call(self, name: str, *arguments: Any) -> Any:
        try:
            return getattr(self._made, name)(*arguments)
        except Exception as error:
            raise AgentError(problem(f"{self.file}: {name}() raised", error, self.file)) from error


def _wanted(file: Path, made: Any) -> tuple[str, ...]:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = [
        name
        for name, each in inspect.signature(made.step).parameters.items()
        if each.default is inspect.Parameter.empty and each.kind in positional
    ][1:]  # without self, or the environment
    found = tuple(_meaning(name, alone=len(parameters) == 1) for name in parameters)
    unknown = [name for name, what in zip(parameters, found, strict=True) if what is None]
    if unknown:
        raise GameError(
            Problem(
                f"{file}: step has the parameter {unknown[0]}, which this library does not know",
                "write step(self, action) or step(self, action, reward), or give the parameter a default",
            )
        )
    return tuple(what for what in found if what is not None)


def _meaning(name: str, *, alone: bool) -> str | None:
    lower = name.lower()
    if "action" in lower:
        return "action"
    if any(word in lower for word in _JUDGEMENT):
        return "judgement"
    return "episode" if "episode" in lower else "action" if alone else None


def import_agent(file: Path) -> Code:
    """Import agent.py, as from its own folder.

    Raises:
        GameError: it cannot be imported, or has no agent.
    """
    if not file.is_file():
        raise GameError(Problem(f"{file} does not exist", "name the folder that holds agent.py: --classic App"))
    old_gym.install()
    for folder in (str(file.parent.parent), str(file.parent)):  # `from App.agents import …` in some
        if folder not in sys.path:
            sys.path.insert(0, folder)
    loader = SourceFileLoader("agent", str(file))
    spec = spec_from_loader(loader.name, loader, origin=str(file))
    if spec is None:
        raise GameError(Problem(f"{file} cannot be imported", "name a Python file"))
    module = sys.modules["agent"] = module_from_spec(spec)
    try:
        with contextlib.chdir(file.parent):
            loader.exec_module(module)
    except Exception as error:
        raise GameError(problem(f"{file} cannot be imported:", error, file)) from error
    return _code(file, module)


def _code(file: Path, module: Any) -> Code:
    found = getattr(module, "Agent", None)
    if not inspect.isclass(found):
        own = [each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == module.__name__]
        found = next((each for each in own if all(hasattr(each, name) for name in METHODS)), None)
    if found is None and all(inspect.isfunction(getattr(module, name, None)) for name in METHODS):
        return Code(file, lambda: module, _wanted(file, module))
    if found is None:
        fix = "name the class Agent, as trial.py of the original imports it"
        raise GameError(Problem(f"{file} has no class with {', '.join(METHODS)}", fix))
    lacking = [name for name in METHODS if not callable(getattr(found, name, None))]
    if lacking:
        raise GameError(Problem(f"{file}: {found.__name__} has no {', '.join(lacking)}", "write it: all are called"))
    return Code(file, found, _wanted(file, found))


def problem(what: str, error: Exception, file: Path) -> Problem:
    """Return what code of agent.py raised, with the line at which it arose, and the fix."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == file]
    where = f" (line {lines[-1]})" if lines else ""
    return Problem(f"{what} {type(error).__name__}: {error}{where}", _fix(error))


def _fix(error: Exception) -> str:
    text = str(error)
    if isinstance(error, ValueError) and "too many values to unpack" in text:
        return (
            "gymnasium, and gym since 0.26, answer in five parts: unpack observation, reward, terminated, truncated, "
            "info; or uninstall gym, and `import gym` answers in the four parts of before"
        )
    if isinstance(error, ValueError) and "not enough values to unpack" in text:
        return "gym before 0.26 answers in four parts: unpack observation, reward, done, info"
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"put the file at {Path.cwd() / error.filename}: paths start at the folder of agent.py"
    if isinstance(error, TypeError) and "render()" in text:
        return 'gymnasium draws without an argument: gymnasium.make(game, render_mode="rgb_array"), then env.render()'
    name = (getattr(error, "name", None) or "") if isinstance(error, ImportError) else ""
    if name.split(".")[0] == "gym":
        return f"in place of gym there are only {old_gym.SUPPLIED}: use gymnasium, or install a gym that has it"
    if isinstance(error, ModuleNotFoundError):
        return f"install {name}, or put {name}.py beside agent.py"
    return "correct it there"
