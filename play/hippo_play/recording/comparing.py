"""Where an observation that was made again differs from the record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..environments import Outcome
from ..plain import plain


@dataclass(frozen=True)
class Difference:
    """One value that differs.

    Attributes:
        name: of the value, with its place: next_observation[2], observation.position[0], reward.
        recorded, found: both values.
    """

    name: str
    recorded: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.name} is {self.found}, and {self.recorded} in the record"


def of_reset(event: Mapping[str, Any], observation: Any, tolerance: float = 0.0) -> Difference | None:
    """Compare an episode's first observation with its `episode_started`; None: the same, or not recorded."""
    return _first(event, {"observation": plain(observation)}, tolerance)


def of_step(event: Mapping[str, Any], before: Any, outcome: Outcome, tolerance: float = 0.0) -> Difference | None:
    """Compare a step with its row: return the first value that differs; None: the same.

    Args:
        event: the row of the record.
        before: the observation before the step.
        outcome: of the step.
        tolerance: numbers are the same if they differ by no more than this share of the recorded one, or
            this amount if it is below 1.
    """
    found = {
        "observation": plain(before),
        "next_observation": plain(outcome.observation),
        "reward": plain(outcome.reward),
        "terminated": outcome.terminated,
        "truncated": outcome.truncated,
    }
    return _first(event, found, tolerance)


def _first(event: Mapping[str, Any], found: Mapping[str, Any], tolerance: float) -> Difference | None:
    for name, value in found.items():
        recorded = event.get(name)
        if recorded is not None and recorded != value:
            for difference in islice(_differences(name, recorded, value, tolerance), 1):
                return difference
    return None


def _differences(name: str, recorded: Any, found: Any, tolerance: float) -> Iterator[Difference]:
    if isinstance(recorded, list) and isinstance(found, list) and len(recorded) == len(found):
        for at, (one, other) in enumerate(zip(recorded, found, strict=True)):
            yield from _differences(f"{name}[{at}]", one, other, tolerance)
    elif isinstance(recorded, dict) and isinstance(found, dict) and recorded.keys() == found.keys():
        for key, one in recorded.items():
            yield from _differences(f"{name}.{key}", one, found[key], tolerance)
    elif recorded != found and not _is_near(recorded, found, tolerance):
        yield Difference(name, recorded, found)


def _is_near(recorded: Any, found: Any, tolerance: float) -> bool:
    numbers = (recorded, found)
    if tolerance <= 0 or any(isinstance(each, bool) or not isinstance(each, int | float) for each in numbers):
        return False
    return bool(abs(recorded - found) <= tolerance * max(1.0, abs(recorded)))
