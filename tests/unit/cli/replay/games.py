"""A study on disk, and a record of its game as hippo_play stores it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hippo_play import loading
from hippo_play.blocks import Block, Table, first_seed
from hippo_play.environments import World
from hippo_play.play import Event, Play
from hippo_play.policies import InlineActor
from hippo_play.recording import Record
from hippo_play.serving import started
from hippo_play.settings import Settings
from hippo_play.steps import Phase

STUDY = "cart"
ONE = "{env: CartPole-v1, episodes: 3, fps: 25, feedback: binary}"
TWO = (
    "[{name: practice, env: CartPole-v1, episodes: 1, seed: 5}, "
    "{name: test, env: FrozenLake-v1, episodes: 2, env_args: {is_slippery: true}, seed: 9}]"
)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def study(folder: Path, game: str = ONE) -> Path:
    """Write a study with a game; return its folder."""
    place = folder / STUDY
    place.mkdir(exist_ok=True)
    steps = "1: 1_start.html, 2: game, finalStep: end.html"
    (place / "config.yml").write_text(f"project:\n  id: {STUDY}\n  name: Cart\n  steps: {{{steps}}}\n  game: {game}\n")
    for page in ("1_start.html", "end.html"):
        (place / page).write_text("<!doctype html><h1>Hello</h1><button>Next</button>")
    return place


def record(place: Path, records: Path, user: str = "ada", policy: Callable[[Any], Any] | None = None) -> Path:
    """Play a study's game: a participant steers, or a policy; return the folder of the record's parts.

    Every fifth step the participant judges, and the first episode of each block is begun again.
    """
    blocks = loading.load(str(place / "config.yml"))
    clock = _Clock()
    prefix = f"{STUDY}/Trials/{user}/s1"
    kept = Record(records, prefix, None, clock=clock.now)
    tables = [_table(block) for block in blocks]
    kept.record(started(Settings.from_environment({}), tables))
    for table in tables:
        world = World(table.game)  # another one than the replay's
        actor = None if policy is None else InlineActor(policy)
        play = Play(table.game, world, actor, table.seed)
        for events in _played(play, clock, acts=policy is None):
            named = {"block": table.game.name} if len(tables) > 1 else {}
            kept.record(*({**event, **named} for event in events))
        world.close()
        kept.save()
    for table in tables:
        table.close()
    return records / prefix


def lines(folder: Path) -> list[tuple[Path, int, dict[str, Any]]]:
    """Return every event of a record, with its file and its line."""
    return [
        (path, number, json.loads(text))
        for path in sorted(folder.rglob("*.jsonl"))
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines())
    ]


def change(folder: Path, wanted: Callable[[dict[str, Any]], bool], **changes: Any) -> dict[str, Any]:
    """Change the first event that is wanted; return it as it was."""
    path, number, event = next(found for found in lines(folder) if wanted(found[2]))
    texts = path.read_text(encoding="utf-8").splitlines()
    texts[number] = json.dumps({**event, **changes})
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return event


class _Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)


def _table(block: Block) -> Table:
    return Table(block.game, World(block.game), None, "", first_seed(block.game, STUDY, "ada"))


def _played(play: Play, clock: _Clock, *, acts: bool) -> Iterator[list[Event]]:
    names = [binding.keys[0] for binding in play.world.keymap.bindings]
    was_reset = False
    for number in range(600):
        clock.seconds += 0.04
        if play.phase is Phase.OVER:
            return
        yield play.start(clock.seconds)
        if acts and number % 3 == 0:
            yield play.release()
            yield play.press(names[number // 3 % len(names)])
        yield play.advance(clock.seconds)
        if number % 5 == 4:
            yield play.judge(1 if number % 2 else -1, clock.seconds)
        if play.steps == 2 and not was_reset and play.episode == 1:
            was_reset = True
            yield play.reset(clock.seconds)
    yield play.stop(clock.seconds)
