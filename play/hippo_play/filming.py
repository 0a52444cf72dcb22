"""Plays a record again, compares it, and draws it: `hippo replay` shows the result.

`film` writes into a folder:

    pictures.bin    JPEGs, one after the other
    replay.json     `pictures` (their lengths in bytes), `versions` (packages that differ) and `episodes`

An episode has `moments`, one for its beginning and one for each step: the number of its picture, the
seconds since the beginning, and what was done; `keys` and `feedback` on the same clock; and
`difference`, the first one, or `fault`, why it could not be played to its end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from .blocks import Block
from .connection.pictures import Encoder
from .environments import World
from .keys import shown
from .plain import number, plain
from .recording.comparing import Difference, of_reset, of_step

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What to play again, and how.

    Attributes:
        episode: its number; None: all.
        block: its name; None: all.
        pictures: draw, too.
        tolerance: of numbers, as in `comparing.of_step`.
    """

    episode: int | None = None
    block: str | None = None
    pictures: bool = True
    tolerance: float = 0.0


@dataclass
class Recorded:
    """The events of one episode of a record, from its beginning to the next one."""

    block: str
    policy: str | None
    fps: float | None
    started: Event
    events: list[Event] = field(default_factory=list)
    held: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """The number of its steps."""
        return sum(event["event"] == "step" for event in self.events)


def episodes_of(events: Sequence[Event]) -> list[Recorded]:
    """Return the episodes of a record, in order; each attempt at an episode is one of them."""
    found: list[Recorded] = []
    blocks: dict[str, Event] = {}
    held: dict[str, None] = {}
    first, last = "game", None
    for event in events:
        name = event["event"]
        if name == "server_started":
            blocks = {str(block.get("name", "game")): block for block in event.get("blocks") or [{}]}
            first, last = next(iter(blocks)), None
            held.clear()
        elif name == "episode_started":
            block = str(event.get("block", first))
            entry = blocks.get(block, {})
            last = Recorded(block, entry.get("policy"), entry.get("fps"), event, held=tuple(held))
            found.append(last)
            continue
        elif name == "pressed":
            held |= dict.fromkeys(event.get("keys", ()))
        elif name == "released":
            for key in event.get("keys", ()):
                held.pop(key, None)
        if last is not None:
            last.events.append(event)
    return found


def film(
    events: Sequence[Event],
    blocks: Sequence[Block],
    folder: Path,
    wanted: Wanted,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> dict[str, Any]:
    """Play a record's episodes again; write the files, and return what replay.json holds.

    progress: called with the number of steps made so far, and of all.
    """
    chosen = [
        each
        for each in episodes_of(events)
        if wanted.block in (None, each.block) and wanted.episode in (None, each.started["episode"])
    ]
    all_steps, steps = sum(each.steps for each in chosen), 0
    games = {block.game.name: block.game for block in blocks}
    if len(games) == 1 and all(each.block not in games for each in chosen):
        games = dict.fromkeys({each.block for each in chosen}, next(iter(games.values())))  # `name` was changed
    worlds: dict[str, World] = {}
    sizes: list[int] = []
    made: list[dict[str, Any]] = []
    with (folder / "pictures.bin").open("wb") as file:

        def draw(picture: bytes) -> int:
            sizes.append(len(picture))
            file.write(picture)
            return len(sizes) - 1

        try:
            for each in chosen:
                if each.block not in games:
                    named = ", ".join(games)
                    made.append({**_about(each), "fault": f"the study has no block {each.block}; it has {named}"})
                    continue
                if each.block not in worlds:
                    worlds[each.block] = World(games[each.block])
                before = steps
                stage = _Stage(each, worlds[each.block], wanted, draw)
                made.append(stage.play(lambda done, before=before: progress(before + done, all_steps)))  # type: ignore[misc]
                steps += each.steps
        finally:
            for world in worlds.values():
                world.close()
    report = {"pictures": sizes, "versions": versions_that_differ(events), "episodes": made}
    (folder / "replay.json").write_text(json.dumps(report), encoding="utf-8")
    return report


def versions_that_differ(events: Sequence[Event]) -> dict[str, list[str]]:
    """Return the packages of a record that have another version here: name → version in the record, and here."""
    found: dict[str, list[str]] = {}
    for event in events:
        if event["event"] != "server_started":
            continue
        for name, recorded in (event.get("packages") or {}).items():
            here = "none"
            with suppress(metadata.PackageNotFoundError):
                here = metadata.version(name)
            if here != recorded:
                found[name] = [recorded, here]
    return found


class _Stage:
    """Plays one episode again."""

    def __init__(self, recorded: Recorded, world: World, wanted: Wanted, draw: Callable[[bytes], int]) -> None:
        self._recorded, self._world, self._wanted, self._draw = recorded, world, wanted, draw
        self._began = datetime.fromisoformat(recorded.started["time"])
        self._encoder, self._last = Encoder(), (b"", -1)
        self._moments: list[dict[str, Any]] = []
        self._difference: dict[str, Any] | None = None
        self._compared = 0

    def play(self, progress: Callable[[int], None]) -> dict[str, Any]:
        """Return the episode as replay.json holds it."""
        fault = None
        try:
            for done, _ in enumerate(self._steps(), start=1):
                progress(done)
        except Exception as error:  # noqa: BLE001 - of any environment: of another one, or of another version
            at = self._moments[-1]["step"] + 1 if self._moments else 0
            fault = f"step {at} could not be made: {type(error).__name__}: {error}"
        end = self._moments[-1]["seconds"] if self._moments else 0.0
        return {
            **_about(self._recorded),
            "moments": self._moments,
            "keys": _held(self._recorded, self._seconds, end),
            "feedback": [
                {"seconds": self._seconds(event), "value": event["value"], "step": event["step"]}
                for event in self._recorded.events
                if event["event"] == "feedback"
            ],
            "compared": self._compared,
            "difference": self._difference,
            "fault": fault,
        }

    def _steps(self) -> Iterator[None]:
        started = self._recorded.started
        observation, _ = self._world.reset(started["seed"])
        self._note(started, of_reset(started, observation, self._wanted.tolerance))
        self._compared += started.get("observation") is not None
        score = 0.0
        self._moment(0.0, {"step": 0, "score": 0})
        for event in self._recorded.events:
            if event["event"] != "step":
                continue
            outcome = self._world.step(self._world.action(event["action"]))
            self._note(event, of_step(event, observation, outcome, self._wanted.tolerance))
            self._compared += event.get("next_observation") is not None
            observation = outcome.observation
            score += float(event["reward"])
            row = {name: event.get(name) for name in ("step", "action", "source", "reward", "terminated", "truncated")}
            self._moment(self._seconds(event), {**row, "score": number(score)})
            yield

    def _note(self, event: Event, found: Difference | None) -> None:
        if found is not None and self._difference is None:
            values = {"recorded": found.recorded, "found": plain(found.found)}
            self._difference = {"step": event["step"], "name": found.name, **values}

    def _moment(self, seconds: float, what: dict[str, Any]) -> None:
        self._moments.append(
            {"seconds": seconds, **what, **({"picture": self._picture()} if self._wanted.pictures else {})}
        )

    def _picture(self) -> int:
        picture = self._encoder.encode(self._world.picture())
        if picture != self._last[0]:
            self._last = (picture, self._draw(picture))
        return self._last[1]

    def _seconds(self, event: Event) -> float:
        return max(0.0, round((datetime.fromisoformat(event["time"]) - self._began).total_seconds(), 3))


def _about(recorded: Recorded) -> dict[str, Any]:
    started = recorded.started
    ended = [
        event["event"] for event in recorded.events if event["event"] in ("episode_finished", "reset", "game_over")
    ]
    return {
        "block": recorded.block,
        "episode": started["episode"],
        "attempt": started.get("attempt", 1),
        "seed": started["seed"],
        "began": started["time"],
        "policy": recorded.policy,
        "fps": recorded.fps,
        "ended": ended[0] if ended else None,
        "moments": [],
        "keys": [],
        "feedback": [],
        "compared": 0,
        "difference": None,
        "fault": None,
    }


def _held(recorded: Recorded, seconds: Callable[[Event], float], end: float) -> list[dict[str, Any]]:
    """Return each key that was held: its label, from when to when."""
    found: list[dict[str, Any]] = []
    since = dict.fromkeys(recorded.held, 0.0)
    for event in recorded.events:
        if event["event"] == "pressed":
            since |= {key: since.get(key, seconds(event)) for key in event.get("keys", ())}
        elif event["event"] == "released":
            ended = [key for key in event.get("keys", ()) if key in since]
            found += [{"key": shown((key,)), "from": since.pop(key), "to": seconds(event)} for key in ended]
        elif event["event"] in ("reset", "episode_finished", "game_over"):
            break
    found += [{"key": shown((key,)), "from": start, "to": max(start, end)} for key, start in since.items()]
    return sorted(found, key=lambda each: (each["from"], each["key"]))
