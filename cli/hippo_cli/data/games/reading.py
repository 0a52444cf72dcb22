"""Turns the events of one session, as hippo_play records them, into rows of the tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from hippo_cli.data.tables import Row

_OF_STEPS: Final = frozenset(
    (
        *("time", "event", "block", "episode", "step", "score", "frame_id", "feedback", "behind"),
        *("observation", "next_observation", "action", "source", "reward", "terminated", "truncated"),
    )
)
_ENDS: Final = {"reset": "reset", "game_over": "over"}
_NO_NUMBERS: Final = frozenset({"nan", "inf", "-inf"})
"""How hippo_play records the floating-point values that JSON cannot hold."""

_SCAN: Final = json.JSONDecoder().raw_decode
"""Reads the value at the beginning of a text, without looking for spaces around it, as `json.loads` does."""

_TO_JSON: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass
class Tables:
    """Where the rows go: one function per table.

    Attributes:
        faults: messages for the researcher.
        environments: id of each environment → versions of the packages that it ran with.
        blocks: session, run and block → its entry in `server_started`, for the spaces.
    """

    step: Callable[[Row], object]
    episode: Callable[[Row], object]
    feedback: Callable[[Row], object]
    faults: list[str] = field(default_factory=list)
    keeps_blocks: bool = False
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    blocks: dict[tuple[str, str, str], Mapping[str, Any]] = field(default_factory=dict)


@dataclass
class _Episode:
    where: tuple[Any, ...]
    seed: int | None
    started: datetime
    ended: datetime | None = None
    steps: int = 0
    score: float = 0.0
    human_steps: int = 0
    feedback: float = 0.0


def events_of(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    """Yield the number of each line of a part, and its event; None for a line that is none."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            try:
                found, end = _SCAN(line)
                is_whole = line[end:] in ("\n", "")
            except (ValueError, RecursionError):
                is_whole = False
            found = found if is_whole else _or_none(line)
            is_event = isinstance(found, dict) and isinstance(found.get("event"), str)
            yield number, found if is_event else None


def _or_none(line: str) -> Any:
    """Return the value of a line that may have spaces around it; None if it holds none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


class Reader:
    """Reads one session: call `part` for its files in order, then `finish`."""

    def __init__(self, project: str, participant: str, session: str, tables: Tables) -> None:
        """Begin a session."""
        self._who = (project, participant, session)
        self._tables = tables
        self._run = ""
        self._blocks: dict[str, Mapping[str, Any]] = {}
        self._design: tuple[Any, ...] = (None, None)
        self._first_block = "game"
        self._attempt = 1
        self._last_key: tuple[Any, ...] = ()
        self._last_where: tuple[Any, ...] = ()
        self._extra: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._episode: _Episode | None = None

    def part(self, path: Path) -> None:
        """Read one part, `{run}-{number}.jsonl`; the parts of a run come in the order of their numbers."""
        run = path.stem.rpartition("-")[0]
        if run != self._run:
            self._end("cut")
            self._run = run
        for number, event in events_of(path):
            if event is None:
                self._tables.faults.append(f"{path}, line {number} is no event of a game: it was left out.")
                continue
            try:
                self._read(event)
            except (KeyError, TypeError, ValueError) as error:
                what = f"{type(error).__name__}: {error}"
                self._tables.faults.append(f"{path}, line {number} cannot be read ({what}): it was left out.")

    def finish(self) -> None:
        """End the session: an episode without an end was cut."""
        self._end("cut")

    def _read(self, event: Mapping[str, Any]) -> None:
        name = event["event"]
        if name == "step":
            self._step(event)
        elif name == "feedback":
            self._judged(event)
        elif name == "episode_started":
            self._end("cut")
            self._attempt = int(event.get("attempt", 1))
            self._episode = _Episode(self._where(event), event.get("seed"), _time(event))
        elif name == "episode_finished":
            self._end("terminated" if event["terminated"] else "truncated")
        elif name in _ENDS:
            self._end(_ENDS[name])
        elif name == "server_started":
            self._begin(event)

    def _begin(self, event: Mapping[str, Any]) -> None:
        blocks = event.get("blocks") or [{}]
        self._blocks = {str(block.get("name", "game")): block for block in blocks}
        self._first_block = next(iter(self._blocks))
        self._design = (_TO_JSON(event.get("groups", {})), _TO_JSON(event.get("conditions", {})))
        versions = event.get("packages") or {"gymnasium": event.get("gymnasium", "")}
        for block in blocks:
            self._tables.environments.setdefault(str(block.get("environment")), {}).update(versions)
        if self._tables.keeps_blocks:
            for name, block in self._blocks.items():
                self._tables.blocks[(self._who[2], self._run, name)] = block

    def _where(self, event: Mapping[str, Any]) -> tuple[Any, ...]:
        key = (event.get("block", self._first_block), event["episode"], self._attempt, self._run)
        if key != self._last_key:  # the same for all steps of an episode
            self._last_where = (*self._who, self._run, str(key[0]), int(key[1]), self._attempt)
            self._last_key = key
        return self._last_where

    def _more(self, event: Mapping[str, Any]) -> str | None:
        names = tuple(event)
        extra = self._extra.get(names)
        if extra is None:
            extra = self._extra[names] = tuple(sorted(event.keys() - _OF_STEPS))
        return _TO_JSON({key: event[key] for key in extra}) if extra else None

    def _step(self, event: Mapping[str, Any]) -> None:
        time, reward, source = _time(event), float(event["reward"]), event["source"]
        self._tables.step(
            (
                *self._where(event),
                int(event["step"]),
                time,
                event.get("observation"),
                event["action"],
                source,
                reward,
                event["terminated"],
                event["truncated"],
                event.get("next_observation"),
                event.get("feedback", 0.0),
                event.get("behind", 0),
                event.get("frame_id"),
                self._more(event),
            )
        )
        if (episode := self._episode) is not None:
            episode.ended = time
            episode.steps += 1
            episode.score += reward
            episode.human_steps += source == "human"

    def _judged(self, event: Mapping[str, Any]) -> None:
        value = float(event["value"])
        self._tables.feedback(
            (
                *self._where(event),
                _time(event),
                int(event["step"]),
                value,
                _TO_JSON(event.get("steps", [])),
                event.get("action"),
                event.get("source"),
                event.get("observation"),
                event.get("seen_frame_id"),
            )
        )
        if self._episode is not None:
            self._episode.feedback += value

    def _end(self, outcome: str) -> None:
        if (episode := self._episode) is None:
            return
        self._episode = None
        environment = self._blocks.get(episode.where[4], {}).get("environment")
        self._tables.episode(
            (
                *episode.where,
                environment,
                *self._design,
                episode.seed,
                episode.started,
                episode.ended,
                episode.steps,
                round(episode.score, 9),
                episode.human_steps,
                round(episode.feedback, 9),
                outcome,
            )
        )


def _time(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])


def kind_of(values: Iterable[Any]) -> str:
    """Return how a column of observations or actions is best stored.

    Returns:
        "number" if every value is a number; "numbers" if every value is a flat list of numbers;
        otherwise "text", which holds JSON. None counts for any of them.
    """
    kinds = {_kind(value) for value in values if value is not None}
    return kinds.pop() if len(kinds) == 1 else "text"


def _kind(value: Any) -> str:
    if _is_number(value):
        return "number"
    if isinstance(value, list) and all(_is_number(each) for each in value):
        return "numbers"
    return "text"


def _is_number(value: Any) -> bool:
    return (
        value in _NO_NUMBERS
        if isinstance(value, str)
        else isinstance(value, int | float) and value is not True and value is not False
    )
