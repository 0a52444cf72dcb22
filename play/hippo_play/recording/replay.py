"""Plays a record again: same seeds, same actions, and compares what was observed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..environments import World
from ..plain import number
from .comparing import of_reset, of_step


@dataclass
class Replay:
    """The result.

    Attributes:
        episodes: that were begun.
        steps: that were made.
        score: sum of the rewards.
        differences: where an observation, a reward or an end differs from the record.
    """

    episodes: int = 0
    steps: int = 0
    score: float = 0.0
    differences: list[str] = field(default_factory=list)


def read(path: Path) -> list[dict[str, Any]]:
    """Return the events of a record: of one part, or of all parts below a folder, in order.

    Raises:
        ValueError: the path holds no record.
    """
    files = [path] if path.is_file() else sorted(path.rglob("*.jsonl"), key=lambda file: file.name)
    if not files:
        raise ValueError(f"{path} holds no record: name a .jsonl file, or the folder of a session")
    events: list[dict[str, Any]] = []
    for file in files:
        for line, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                event = json.loads(text)
            except ValueError:
                event = None
            if not isinstance(event, dict) or "event" not in event:
                raise ValueError(f"{file}, line {line} is no event of a record")
            events.append(event)
    return events


def steps(events: Iterable[dict[str, Any]], world: World) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Make the steps of a record again: yield each row with the observation before and after it.

    So observations that a record leaves out, because they are large, can be rebuilt.
    """
    observation: Any = None
    for event in events:
        if event["event"] == "episode_started":
            observation, _ = world.reset(event["seed"])
        elif event["event"] == "step":
            outcome = world.step(world.action(event["action"]))
            yield event, observation, outcome
            observation = outcome.observation


def replay(events: Sequence[dict[str, Any]], world: World) -> Replay:
    """Play a record's events again in an environment, and compare."""
    result = Replay()
    observation: Any = None
    for event in events:
        found = None
        if event["event"] == "episode_started":
            result.episodes += 1
            observation, _ = world.reset(event["seed"])
            found = of_reset(event, observation)
        elif event["event"] == "step":
            outcome = world.step(world.action(event["action"]))
            result.steps += 1
            result.score += outcome.reward
            found = of_step(event, observation, outcome)
            observation = outcome.observation
        if found is not None:
            result.differences.append(f"episode {event['episode']}, step {event['step']}: {found}")
    result.score = number(result.score)
    return result
