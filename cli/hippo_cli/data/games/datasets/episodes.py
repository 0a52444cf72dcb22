"""Gathers the rows of an episode, and decides whether its record is whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from hippo_cli.data.games import columns
from hippo_cli.data.tables import Row

_STEP: Final = {column.name: at for at, column in enumerate(columns.STEPS)}
_EPISODE: Final = {column.name: at for at, column in enumerate(columns.EPISODES)}
_WHERE: Final = slice(0, _STEP["step"])
"""The columns that name an episode: the same in both tables."""

CUT: Final = "the record ends before the episode does, as when a connection was lost for good"
NO_STEPS: Final = "no step was made"
NOT_RECORDED: Final = (
    "the observations were not recorded: write `record: [observation]` in `game` for observations of more than 64 "
    "numbers, and no function that leaves them out"
)
GAP: Final = "steps are missing in the record"
NO_FIT: Final = "a value is not of the environment's space"


@dataclass(frozen=True)
class Trajectory:
    """One whole episode.

    Attributes:
        about: the columns of the episode's row, without those of its values.
        observations: one more than actions: the last is the one after the last step.
        terminated, truncated: of each step, as recorded; an episode that the participant or the end of the
            game ended has neither.
        feedback: sum of judgements since the step before, for each step.
        times: of each step, UTC.
    """

    about: Mapping[str, Any]
    observations: list[Any]
    actions: list[Any]
    rewards: list[float]
    terminated: list[bool]
    truncated: list[bool]
    sources: list[str]
    feedback: list[float]
    times: list[datetime]

    @property
    def steps(self) -> int:
        """The number of steps."""
        return len(self.actions)

    @property
    def stored_about(self) -> dict[str, Any]:
        """`about` as texts, numbers and nothing else: what every file format holds."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in self.about.items()
            if value is not None
        }


@dataclass
class Gatherer:
    """Takes the rows of steps and episodes as `reading.Reader` makes them, and passes on whole episodes.

    Attributes:
        whole: called with each whole episode; raises ValueError if a value is not of the space.
        left_out: why → how many episodes.
    """

    whole: Callable[[Trajectory], object]
    left_out: Counter[str] = field(default_factory=Counter)
    _rows: list[Row] = field(default_factory=list)

    def step(self, row: Row) -> None:
        """Take a row of steps."""
        self._rows.append(row)

    def episode(self, row: Row) -> None:
        """Take the row of the episode to which the steps before it belong."""
        rows, self._rows = [each for each in self._rows if each[_WHERE] == row[_WHERE]], []
        why = _fault(row, rows)
        if why is None:
            try:
                self.whole(_trajectory(row, rows))
            except ValueError as error:
                why = f"{NO_FIT} ({error})"
        if why is not None:
            self.left_out[why] += 1


def _fault(row: Row, rows: list[Row]) -> str | None:
    if row[_EPISODE["outcome"]] == "cut":
        return CUT
    if not rows:
        return NO_STEPS
    before, after = _STEP["observation"], _STEP["next_observation"]
    if any(step[before] is None or step[after] is None for step in rows):
        return NOT_RECORDED
    numbers = [step[_STEP["step"]] for step in rows]
    if numbers != list(range(1, len(rows) + 1)):
        return GAP
    if any(one[after] != other[before] for one, other in pairwise(rows)):
        return GAP
    return None


def _trajectory(row: Row, rows: list[Row]) -> Trajectory:
    def column(name: str) -> list[Any]:
        at = _STEP[name]
        return [step[at] for step in rows]

    return Trajectory(
        about=dict(zip(_EPISODE, row, strict=True)),
        observations=[*column("observation"), rows[-1][_STEP["next_observation"]]],
        actions=column("action"),
        rewards=column("reward"),
        terminated=column("terminated"),
        truncated=column("truncated"),
        sources=column("source"),
        feedback=column("feedback"),
        times=column("time"),
    )


def infos_of(found: Trajectory) -> list[str]:
    """Return a JSON object for each step: who played, who chose the action, the judgements, and how it ended."""
    whose = {name: found.about[name] for name in ("participant", "session", "block", "episode", "attempt", "seed")}
    return [
        json.dumps(
            {
                **whose,
                "step": number,
                "source": source,
                "feedback": feedback,
                "terminated": terminated,
                "truncated": truncated,
                "time": time.isoformat(),
            },
            ensure_ascii=False,
        )
        for number, (source, feedback, terminated, truncated, time) in enumerate(
            zip(found.sources, found.feedback, found.terminated, found.truncated, found.times, strict=True), start=1
        )
    ]
