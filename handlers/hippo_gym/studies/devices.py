"""What a study requires of a participant's device, and what a page measured of it.

A page tests the device on the study's first step, and sends what it measured in the query parameter
`device` of that step's answer (docs/participant-protocol.md). The answer completes the step only if
the device has what the study requires. A client without the parameter is an older one: the step
machine takes its answer as in any other study.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hippo_gym.runtime import json_reading
from hippo_gym.runtime.json_reading import NotJson
from hippo_gym.runtime.schemas import Fault

SCREENED_OUT: Final = "screenedOut"
"""The outcome of a participant whose device does not have what the study requires."""

_PROVED: Final = ("keyboard", "pointer", "sound", "gamepad")
_WIDTH: Final = "minWidth"
_PING: Final = "ping"
_GAVE_UP: Final = "gaveUp"
_MEASURED: Final[Mapping[str, str]] = {_WIDTH: "width", _PING: "ping"}
"""Requirement with a number → the key of what the page measured."""

_LONGEST: Final = 500  # characters of the parameter
_GREATEST: Final = 1_000_000  # of a number in it


@dataclass(frozen=True)
class Device:
    """What a page measured of a participant's device.

    Attributes:
        measured: `width` in CSS pixels and `ping` in milliseconds, numbers; `keyboard`, `pointer`,
            `sound` and `gamepad`, whether the participant has shown that there is one.
        gave_up: the participant cannot meet what is missing, and leaves.
    """

    measured: Mapping[str, bool | float] = field(default_factory=dict)
    gave_up: bool = False


@dataclass(frozen=True)
class Requires:
    """What a study requires: the value of `requires` in its entry.

    Attributes:
        stated: requirement → true, or for `minWidth` CSS pixels and for `ping` milliseconds.
    """

    stated: Mapping[str, bool | int]

    def unmet(self, device: Device) -> tuple[str, ...]:
        """Name the requirements that a device does not meet."""
        return tuple(name for name, value in self.stated.items() if not _meets(name, value, device.measured))


def _meets(name: str, value: bool | int, measured: Mapping[str, bool | float]) -> bool:
    if name not in _MEASURED:
        return measured.get(name) is True
    found = measured.get(_MEASURED[name])
    if found is None or isinstance(found, bool):
        return False
    return found >= value if name == _WIDTH else found <= value


def required(entry: Mapping[str, Any]) -> Requires | None:
    """Return what a valid entry requires; None if nothing."""
    stated = {name: value for name, value in entry.get("requires", {}).items() if value is not False}
    return Requires(stated) if stated else None


def start_step(entry: Mapping[str, Any]) -> int | None:
    """Return the number of the step at which a valid entry's server starts, or None to start it at the game.

    No server starts before the first step's answer, which says what the device has.
    """
    start = entry["events"]["startServerStep"]
    if start is None or required(entry) is None:
        return None if start is None else int(start)
    return max(int(start), int(_first(entry) or 0) + 1)


def faults(entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault if the first step of an entry is a game: the test of the device is on a page before it."""
    first = _first(entry)
    if required(entry) is not None and first is not None and entry["steps"][first] == "game":
        yield Fault(f"steps.{first}", '"game"', "a page, on which the devices are tested (requires)")


def _first(entry: Mapping[str, Any]) -> str | None:
    numbers = [name for name, file in entry["steps"].items() if name.isdecimal() and file is not None]
    return min(numbers, key=int, default=None)


def read(parameter: str | None) -> Device | None:
    """Read the query parameter `device`: a JSON object of the keys of `Device.measured`, and `gaveUp`.

    None if it is missing or cannot be read. Other keys and values are dropped: anyone may send them.
    """
    if parameter is None or len(parameter) > _LONGEST:
        return None
    try:
        sent = json_reading.read(parameter)
    except NotJson:
        return None
    if not isinstance(sent, dict):
        return None
    measured: dict[str, bool | float] = {name: sent[name] for name in _PROVED if isinstance(sent.get(name), bool)}
    for name in _MEASURED.values():
        value = sent.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _GREATEST:
            measured[name] = value
    return Device(measured, gave_up=sent.get(_GAVE_UP) is True)
