"""Reads the `trial:` part of a configuration of the original framework."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from ..game import CONTROLS, FASTEST, GameError, Problem
from ..keys import NINE

log = logging.getLogger("hippo_play.classic")

_UI: Final = ("left", "right", "up", "down", "start", "pause")
"""The original's default of `ui`."""
_SPEED: Final = ("fpsup", "fpsdown", "fpsset")
_NOOP: Final = "noop"
_REVERSED: Final[Mapping[str, str]] = {
    "upleft": "leftUp",
    "upright": "rightUp",
    "downleft": "leftDown",
    "downright": "rightDown",
}
"""Names of diagonals in gym's order of words → those of `NINE`."""
_USED: Final = frozenset(
    {
        "actionSpace",
        "allowFrameRateChange",
        "defaultAction",
        "frameRateStepSize",
        "game",
        "instructions",
        "maxEpisodes",
        "maxFrameRate",
        "minFrameRate",
        "startingFrameRate",
        "ui",
    }
)
_REPLACED: Final = frozenset(
    {"actionBufferLifespan", "bucket", "dataFile", "defaultStart", "projectId", "s3upload", "variables"}
)
"""Keys whose work this library does in its own way."""


@dataclass(frozen=True)
class Trial:
    """The `trial:` part.

    Attributes:
        file: that it was read from.
        given: as it was written: for agents that read it themselves.
        game: passed to `start`.
        keys_to_action: browser's key → number of the action.
        actions: number of actions.
        noop: number of the action while no key is held.
        waits: each press of a key makes one step.
        episodes: after these the game is over.
        fps: frames per second at the start.
        pace: least and most frames per second, and the step of a change.
        controls: as `Game.controls`.
        judges: the participant has Good or Bad.
        instructions: lines above the game; None: the keys in words.
    """

    file: Path
    given: Mapping[str, Any]
    game: Any
    keys_to_action: Mapping[str, int]
    actions: int
    noop: int
    waits: bool
    episodes: int
    fps: int
    pace: tuple[int, int, int]
    controls: tuple[str, ...]
    judges: bool
    instructions: tuple[str, ...] | None


def read(app: Path) -> Trial:
    """Read the configuration of an App folder.

    The researcher's config.yml counts before .trialConfig.yml, the copy that the original's
    scripts made of it.

    Raises:
        GameError: there is none, or values in it are wrong; names every fault.
    """
    names = (app.parent / "config.yml", app / "config.yml", app / ".trialConfig.yml", app.parent / ".projectConfig.yml")
    for file in names:
        if file.is_file() and isinstance(given := _mapping(file).get("trial"), Mapping):
            log.info("the trial is that of %s", file)
            return _trial(file, given)
    fix = (
        "write `trial:` with game, actionSpace and ui into config.yml beside the folder, or into .trialConfig.yml in it"
    )
    raise GameError(Problem(f"no configuration of {app} has a mapping trial", fix))


def _mapping(file: Path) -> Mapping[str, Any]:
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise GameError(Problem(f"{file} is no YAML: {error}", "fix the line that is named")) from error
    return found if isinstance(found, Mapping) else {}


def _trial(file: Path, given: Mapping[str, Any]) -> Trial:
    read_ = _Reader(file, given)
    ui, names = read_.ui(), read_.action_space()
    keys_to_action = _keys(ui, names, file)
    usual = names.index(_NOOP) if _NOOP in names else 0
    noop = read_.action("defaultAction", usual, names)
    slowest, fastest = read_.number("minFrameRate", 1), read_.number("maxFrameRate", FASTEST)
    fps = read_.number("startingFrameRate", 30)
    may_change = bool(given.get("allowFrameRateChange")) and any(name in ui for name in _SPEED)
    controls = (*(name for name in CONTROLS if name in ui), *(("speed",) if may_change else ()))
    trial = Trial(
        file=file,
        given=given,
        game=given.get("game"),
        keys_to_action=keys_to_action,
        actions=max(1, len(names)),
        noop=usual if noop is None else noop,
        waits=noop is None and bool(keys_to_action),
        episodes=read_.number("maxEpisodes", 20),
        fps=min(fps, FASTEST),
        pace=(slowest, min(fastest, FASTEST), read_.number("frameRateStepSize", 5)),
        controls=controls,
        judges="good" in ui or "bad" in ui,
        instructions=read_.lines("instructions"),
    )
    if read_.problems:
        raise GameError(*read_.problems)
    if fps > FASTEST:
        log.warning("%s: startingFrameRate is %d; the server makes %d frames per second at most", file, fps, FASTEST)
    if unused := sorted(map(str, set(given) - _USED - _REPLACED)):
        log.warning("%s: trial has keys that only a trial.py of its own can use: %s", file, ", ".join(unused))
    return trial


def _keys(ui: tuple[str, ...], names: tuple[str, ...], file: Path) -> dict[str, int]:
    """Return the keys of the actions that `ui` shows: pages send only these."""
    nine = {**{name.lower(): name for name in NINE}, **_REVERSED}
    found = {}
    for number, name in enumerate(names):
        shown = nine.get(name)
        if shown is not None and (name in ui or shown.lower() in ui):
            found[NINE[shown][0]] = number
    lacking = [name for name in ui if name in nine and name not in names and nine[name].lower() not in _known(names)]
    if lacking:
        log.warning("%s: ui shows %s, which actionSpace does not list: no key acts", file, ", ".join(lacking))
    return found


def _known(names: tuple[str, ...]) -> set[str]:
    return {*names, *(_REVERSED[name].lower() for name in names if name in _REVERSED)}


class _Reader:
    """Reads keys one by one, and collects what is wrong."""

    def __init__(self, file: Path, given: Mapping[str, Any]) -> None:
        self._file = file
        self._given = given
        self.problems: list[Problem] = []

    def number(self, key: str, default: int) -> int:
        """Return a whole number above 0."""
        value = self._given.get(key, default)
        if value is None:
            return default
        return int(self._checked(key, value, _is_number(value) and value >= 1, "a whole number above 0", default))

    def ui(self) -> tuple[str, ...]:
        """Return the controls in lower case: of a list, or of a dictionary of control → shown or not."""
        value = self._given.get("ui")
        value = list(_UI) if value is None else value
        if isinstance(value, Mapping):
            value = [name for name, shown in value.items() if shown]
        found = self._checked("ui", value, _is_list(value), "a list of controls, or {left: True, fpsUp: False}", [])
        return tuple(str(name).strip().lower() for name in found)

    def action_space(self) -> tuple[str, ...]:
        """Return the names of the actions in lower case; places without one are empty."""
        value = self._given.get("actionSpace") or []
        found = self._checked("actionSpace", value, _is_list(value), "a list of names, such as [left, noop, right]", [])
        # YAML reads a bare `null` as nothing: the place counts, and no key stands for it.
        return tuple("" if name is None else str(name).strip().lower() for name in found)

    def action(self, key: str, default: int, names: tuple[str, ...]) -> int | None:
        """Return the number of an action, by its number or name; None: the key is there, and empty."""
        value = self._given.get(key, default)
        if value is None:
            return None
        if isinstance(value, str) and value.strip().lower() in names:
            return names.index(value.strip().lower())
        fits = _is_number(value) and 0 <= value < max(1, len(names))
        what = f"one of actionSpace ({', '.join(filter(None, names))}), its number, or null to wait for a key"
        return int(self._checked(key, value, fits, what, 0))

    def lines(self, key: str) -> tuple[str, ...] | None:
        """Return lines of text."""
        value = self._given.get(key)
        if value is None:
            return None
        if isinstance(value, str):
            return tuple(value.strip().splitlines())
        return tuple(map(str, self._checked(key, value, _is_list(value), "a list of lines", [])))

    def _checked(self, key: str, value: Any, fits: bool, what: str, default: Any) -> Any:
        if fits:
            return value
        self.problems.append(Problem(f"{self._file}: trial.{key} must be {what}, not {value!r}", "correct it there"))
        return default


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
