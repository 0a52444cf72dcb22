"""The figures beside the game."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from .plain import number

if TYPE_CHECKING:
    from .steps import State


def _round(state: State) -> str:
    return str(state.episode) if state.last_episode is None else f"{state.episode} of {state.last_episode}"


def _steps(state: State) -> str:
    return str(state.step) if state.most_steps is None else f"{state.step} of {state.most_steps}"


def _time(state: State) -> str:
    left = max(0, round((state.seconds_limit or 0) - state.seconds))
    return f"{left // 60}:{left % 60:02} left" if state.seconds_limit else f"{int(state.seconds)} s"


_MADE: Final[Mapping[str, Callable[[State], Any]]] = {
    "Round": _round,
    "Steps": _steps,
    "Score": lambda state: number(round(state.score, 2)),
    "Time": _time,
    "Speed": lambda state: f"{state.fps} frames per second",
}

FIGURES: Final = tuple(_MADE)
"""Figures that config.yml can name."""


def only(names: Sequence[str]) -> Callable[[State], Mapping[str, Any]]:
    """Return a `display` that shows these figures."""
    return lambda state: {name: _MADE[name](state) for name in names}


def figures(state: State, display: Callable[[State], Mapping[str, Any]] | None) -> dict[str, Any]:
    """Return label → value: what the game waits for, then the researcher's figures or the usual ones."""
    if display is not None:
        return {"Game": state.status, **{str(label): _value(value) for label, value in display(state).items()}}
    usual = ["Round", "Steps", "Score"]
    usual += ["Time"] if state.seconds_limit else []
    usual += ["Speed"] if state.has_speed else []
    return {"Game": state.status, **only(usual)(state)}


def _value(value: Any) -> str | int | float:
    return value if isinstance(value, str) else number(value) if isinstance(value, int | float) else str(value)
