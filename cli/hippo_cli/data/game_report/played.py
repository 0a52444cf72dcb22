"""The numbers of a report on games: returns, learning curves, reaction times, judgements."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean
from typing import Any, Final

from hippo_cli.data.games import columns
from hippo_cli.data.games.reading import Reader, Tables
from hippo_cli.data.games.trials import Session
from hippo_cli.data.tables import Row

EVERYONE: Final = "all"
_STEP: Final = {column.name: at for at, column in enumerate(columns.STEPS)}
_EPISODE: Final = {column.name: at for at, column in enumerate(columns.EPISODES)}
_FEEDBACK: Final = {column.name: at for at, column in enumerate(columns.FEEDBACK)}
_WHOLE: Final = frozenset({"terminated", "truncated"})
_LONGEST: Final = 60.0
"""Seconds: a longer time to react is a break, and is not counted."""


@dataclass(frozen=True)
class Series:
    """One row or curve of a diagram: everyone, a group, or a condition's value.

    Attributes:
        name: for people: all, group 1, partner=expert.
        values: one for each participant.
    """

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Curve:
    """A learning curve: the number of an episode → the return of each participant who ended it."""

    name: str
    returns: Mapping[int, tuple[float, ...]]


@dataclass(frozen=True)
class Minute:
    """One minute of play.

    Attributes:
        players: participants who played in it.
        good, bad: their judgements above, and below 0.
    """

    players: int
    good: int
    bad: int


@dataclass(frozen=True)
class BlockCount:
    """What happened in one block.

    Attributes:
        name: of the block.
        environment: its id.
        turns: the environment waited for the participant.
        participants, episodes: with an episode that ended; these episodes.
        unfinished: episodes that were begun again, or that had no end.
        returns: the mean return of each participant's episodes, for everyone, and by group and condition.
        curves: learning curves, for everyone, and by group and condition.
        reactions: each participant's median time to react.
        minutes: of play, with the judgements; empty without any.
    """

    name: str
    environment: str
    turns: bool
    participants: int
    episodes: int
    unfinished: int
    returns: tuple[Series, ...]
    curves: tuple[Curve, ...]
    reactions: tuple[Series, ...]
    minutes: tuple[Minute, ...]


@dataclass
class _Player:
    """One participant in one block."""

    labels: tuple[str, ...] = ()
    returns: dict[int, float] = field(default_factory=dict)
    reactions: list[float] = field(default_factory=list)
    began: datetime | None = None
    ended: datetime | None = None
    judged: list[tuple[datetime, float]] = field(default_factory=list)


@dataclass
class _Block:
    environment: str = ""
    turns: bool = False
    unfinished: int = 0
    players: dict[str, _Player] = field(default_factory=lambda: defaultdict(_Player))


@dataclass
class _Counter:
    """Takes the rows of all sessions."""

    blocks: dict[str, _Block] = field(default_factory=lambda: defaultdict(_Block))
    entries: Mapping[tuple[str, str, str], Mapping[str, Any]] = field(default_factory=dict)
    _before: datetime | None = None
    _times: list[tuple[datetime, bool]] = field(default_factory=list)

    def step(self, row: Row) -> None:
        self._times.append((row[_STEP["time"]], row[_STEP["source"]] == "human"))

    def feedback(self, row: Row) -> None:
        player = self.blocks[row[_FEEDBACK["block"]]].players[row[_FEEDBACK["participant"]]]
        player.judged.append((row[_FEEDBACK["time"]], row[_FEEDBACK["value"]]))

    def episode(self, row: Row) -> None:
        times, self._times = self._times, []
        block = self.blocks[row[_EPISODE["block"]]]
        player = block.players[row[_EPISODE["participant"]]]
        block.environment = str(row[_EPISODE["environment"]])
        entry = self.entries.get((row[_EPISODE["session"]], row[_EPISODE["run"]], row[_EPISODE["block"]]), {})
        block.turns = bool(entry.get("turns"))
        player.labels = _labels(row[_EPISODE["groups"]], row[_EPISODE["conditions"]])
        started, ended = row[_EPISODE["started"]], row[_EPISODE["ended"]] or row[_EPISODE["started"]]
        player.began = min(player.began or started, started)
        player.ended = max(player.ended or ended, ended)
        player.reactions += _reactions(started, times, turns=block.turns)
        if row[_EPISODE["outcome"]] in _WHOLE:
            player.returns[row[_EPISODE["episode"]]] = row[_EPISODE["return"]]
        else:
            block.unfinished += 1


def count(
    project_id: str, sessions: Iterable[Session], skip: Callable[[str], bool], advance: Callable[[int], None]
) -> tuple[BlockCount, ...]:
    """Read the records of games, and count them block by block.

    Args:
        project_id: the study's id.
        sessions: their records.
        skip: the id of a participant → whether they are left out.
        advance: called after each session.
    """
    counter = _Counter()
    tables = Tables(counter.step, counter.episode, counter.feedback, keeps_blocks=True)
    counter.entries = tables.blocks
    for session in sessions:
        if not skip(session.participant):
            reader = Reader(project_id, session.participant, session.session, tables)
            for path in session.parts:
                reader.part(path)
            reader.finish()
        advance(1)
    return tuple(_counted(name, block) for name, block in counter.blocks.items())


def _reactions(started: datetime, times: Sequence[tuple[datetime, bool]], *, turns: bool) -> list[float]:
    """Return the seconds that a participant took to react.

    In a game of turns, from each picture to the key that made the next step; in real time, from the
    beginning of the episode to the first step with an action of theirs.
    """
    found = []
    before = started
    for time, is_human in times:
        if is_human:
            found.append((time - before).total_seconds())
            if not turns:
                break
        if turns:
            before = time
    return [seconds for seconds in found if 0 < seconds <= _LONGEST]


def _labels(groups: str | None, conditions: str | None) -> tuple[str, ...]:
    by_count: Mapping[str, Any] = json.loads(groups or "{}")
    values: Mapping[str, Any] = json.loads(conditions or "{}")
    several = len(by_count) > 1
    named = [f"group {group}{f' of {number}' if several else ''}" for number, group in sorted(by_count.items())]
    return (*named, *(f"{name}={value}" for name, value in sorted(values.items())))


def _counted(name: str, block: _Block) -> BlockCount:
    ended = {user: player for user, player in block.players.items() if player.returns}
    labels = sorted({label for player in block.players.values() for label in player.labels})
    chosen: list[tuple[str, list[_Player]]] = [(EVERYONE, list(block.players.values()))]
    chosen += [(label, [player for player in block.players.values() if label in player.labels]) for label in labels]
    return BlockCount(
        name=name,
        environment=block.environment,
        turns=block.turns,
        participants=len(ended),
        episodes=sum(len(player.returns) for player in ended.values()),
        unfinished=block.unfinished,
        returns=_series(chosen, lambda player: fmean(player.returns.values()) if player.returns else None),
        curves=tuple(_curve(label, players) for label, players in chosen),
        reactions=_series(chosen, lambda player: _median(player.reactions)),
        minutes=_minutes(block.players.values()),
    )


def _series(
    chosen: Sequence[tuple[str, list[_Player]]], value: Callable[[_Player], float | None]
) -> tuple[Series, ...]:
    found = []
    for label, players in chosen:
        values = tuple(each for each in map(value, players) if each is not None)
        if values:
            found.append(Series(label, values))
    return tuple(found)


def _curve(label: str, players: Sequence[_Player]) -> Curve:
    returns: dict[int, list[float]] = defaultdict(list)
    for player in players:
        for episode, value in player.returns.items():
            returns[episode].append(value)
    return Curve(label, {episode: tuple(returns[episode]) for episode in sorted(returns)})


def _minutes(players: Iterable[_Player]) -> tuple[Minute, ...]:
    good, bad, there = Counter[int](), Counter[int](), Counter[int]()
    for player in players:
        if player.began is None or player.ended is None:
            continue
        for time, value in player.judged:
            minute = max(0, int((time - player.began).total_seconds() // 60))
            (good if value > 0 else bad)[minute] += 1
        there.update(range(int((player.ended - player.began).total_seconds() // 60) + 1))
    if not good and not bad:
        return ()
    last = max(max(there, default=0), *good, *bad)
    return tuple(Minute(there[minute], good[minute], bad[minute]) for minute in range(last + 1))


def _median(values: Sequence[float]) -> float | None:
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
