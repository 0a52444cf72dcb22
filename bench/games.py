"""Measures `hippo export --games -f parquet` of a large study: time, CPU and memory of its tables.

A session is 10 minutes of a game at 20 rows a second, recorded by hippo_play's own `Play` and `Record`
in parts of five seconds, as in the bucket; the other sessions are copies under other ids. The records
are on the disk, as after fetching: what S3 takes depends on the network. The command's work runs in a
child, which `os.wait4` measures.

`python -m bench.games --participants 1000` measures the whole: 12 million rows; it fails above the limits.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bench.rows import Row, Setup, duration
from hippo_cli.data.games.trials import FOLDER
from hippo_common import console
from hippo_play import Binary, Game
from hippo_play.environments import World
from hippo_play.play import Play
from hippo_play.recording import Record
from hippo_play.steps import Phase
from local.places import REPOSITORY, clean_environment

STUDY: Final = "large_games"
_ROWS: Final = 12_000
_RATE: Final = 20  # rows in a second
_PART: Final = 5 * _RATE  # rows in a part: hippo_play saves every five seconds
_LIMIT_SECONDS: Final = 300.0
_LIMIT_MEGABYTES: Final = 1000.0
_IN_MAKE_BENCH: Final = 10
_NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
_COMMAND: Final = "make bench BENCH_ARGS='--only games'"

_CHILD: Final = """
import json, sys
from contextlib import contextmanager
from pathlib import Path
from hippo_cli.data.files import Format
from hippo_cli.data.games import exporting, trials

@contextmanager
def quiet(label, total):
    yield lambda done: None

trials.copy = lambda *given: trials.Copied(0, 0, 0)  # the records are there
done = exporting.export_games(None, "", "large_games", Path(sys.argv[1]), Format.PARQUET, quiet)
print(json.dumps({"files": done.files, "problems": done.problems}))
"""


@dataclass(frozen=True)
class Run:
    """One run of the export.

    Attributes:
        seconds: by the clock. cpu: seconds of all cores.
        megabytes: the largest memory of the child, and of each of its own children.
        rows: of steps.
    """

    seconds: float
    cpu: float
    megabytes: float
    rows: int


def rows(setup: Setup) -> Iterable[Row]:
    """Yield the rows of `make bench`."""
    if setup.counts_only:
        return
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), _IN_MAKE_BENCH)
        run = measured(Path(folder))
        size = (Path(folder) / "steps.parquet").stat().st_size
    million = 1_000_000 / run.rows
    yield duration(
        "games, export to Parquet: CPU of a million rows", run.cpu * million * 1000, "ms", _COMMAND, setup.loop
    )
    yield duration("games, export to Parquet: memory", run.megabytes, "MB", _COMMAND, ("limit", _LIMIT_MEGABYTES))
    yield duration("games, steps.parquet: bytes of a row", size / run.rows, "bytes", _COMMAND, ("one byte", 1.0))


def main() -> int:
    """Measure, and return the exit status."""
    parser = argparse.ArgumentParser(description="Measure hippo export --games.")
    parser.add_argument("--participants", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        console.say(f"Recording {arguments.participants:,} participants of {_ROWS:,} rows")
        fill(Path(folder), arguments.participants)
        run = measured(Path(folder))
        parquet: Any = import_module("pyarrow.parquet")
        stored = parquet.read_metadata(Path(folder) / "steps.parquet").num_rows
    console.say(f"{run.seconds:.1f} s, {run.cpu:.1f} s of CPU, {run.megabytes:,.0f} MB, {run.rows:,} rows")
    faults = {
        f"slower than {_LIMIT_SECONDS:.0f} s": run.seconds > _LIMIT_SECONDS,
        f"more than {_LIMIT_MEGABYTES:.0f} MB": run.megabytes > _LIMIT_MEGABYTES,
        f"{stored:,} rows stored": stored != arguments.participants * _ROWS,
    }
    for fault in (text for text, is_so in faults.items() if is_so):
        console.warn(fault)
    return int(any(faults.values()))


def fill(folder: Path, participants: int) -> None:
    """Write the records into `folder`/Trials: parts of one game, and links to them for the other participants."""
    first = folder / FOLDER / "user-000000" / "session-000000"
    with tempfile.TemporaryDirectory() as disk:
        record = Record(Path(disk), "x", None, clock=_Clock().now)
        for events in _played():
            for event in events:
                record.record(event)
            if sum(event["event"] == "step" for event in events):
                record.save()
        first.mkdir(parents=True)
        for path in (Path(disk) / "x").glob("*.jsonl"):
            (first / path.name).write_bytes(path.read_bytes())
    for number in range(1, participants):
        other = folder / FOLDER / f"user-{number:06d}" / f"session-{number:06d}"
        other.mkdir(parents=True)
        for path in first.iterdir():
            os.link(path, other / path.name)


def measured(folder: Path) -> Run:
    """Run the export in a child, and measure it with its own children."""
    paths = os.pathsep.join(str(REPOSITORY / name) for name in ("cli", "handlers"))
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        child = os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", _CHILD, str(folder)],
            {**clean_environment(), "PYTHONPATH": paths},
            file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1)],
        )
        _, status, used = os.wait4(child, 0)
        seconds = time.monotonic() - started
        if status:
            raise RuntimeError(f"the export ended with {os.waitstatus_to_exitcode(status)}")
        output.seek(0)
        found = json.load(output)
    if found["problems"]:
        raise RuntimeError(str(found["problems"]))
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, found["files"]["steps.parquet"])


class _Clock:
    """A clock on which each call is the time of the next row."""

    def __init__(self) -> None:
        self._calls = 0

    def now(self) -> datetime:
        self._calls += 1  # more than one event of a row: its time is a little later
        return _NOON + timedelta(seconds=self._calls / _RATE)


def _played() -> Iterator[list[dict[str, Any]]]:
    """Yield the events of a game of `_ROWS` steps, part by part: a participant steers, and judges at times."""
    game = Game("LunarLander-v3", episodes=1_000, feedback=Binary(), seed=7, start_each_episode=False)
    world = World(game)
    play = Play(game, world, None, 7)
    block = {"name": "game", "environment": world.name, "seed": 7, "policy": None}
    events: list[dict[str, Any]] = [
        {"event": "server_started", "blocks": [block], "seed": 7, "groups": {}, "conditions": {}, "packages": {}}
    ]
    names = [binding.keys[0] for binding in world.keymap.bindings]
    for number in range(_ROWS):
        now = number / _RATE
        if play.phase is Phase.READY:
            events += play.start(now)
        if number % 15 == 0:
            events += [*play.release(), *play.press(names[number // 15 % len(names)])]
        events += [{**event, "frame_id": number} for event in play.advance(now)]
        if number % 100 == 50:
            events += play.judge(1 if number % 200 == 50 else -1, now)
        if (number + 1) % _PART == 0:
            yield events
            events = []
    world.close()


if __name__ == "__main__":
    sys.exit(main())
