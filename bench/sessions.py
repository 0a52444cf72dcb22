"""Measures how long participants wait for a server beyond the container's own start.

Runs in the simulation (virtual time, the same on every machine): 200 sessions one after the other,
in both cluster modes. "Start overhead" is the time from the container's first accepted connection, or
from the name being in sync on Route 53's servers if that is later, to the session's state `ready`:
the part that this project's code decides. The row "container answers → ready" includes the wait for
Route 53.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from bench.rows import Row, Setup, count
from tests.support.inputs import entry
from tests.support.simulated_world.functions import ROOT
from tests.support.simulated_world.simulation import Settings, SimulatedWorld

COMMAND: Final = "make bench BENCH_ARGS='--only sessions'"
SESSIONS: Final = 200
_ROWS: Final = ("asked → ready", "container answers → ready", "start overhead", "stop → nothing left")
_STEP: Final = 0.1
_LIMIT: Final = 900.0


def _until(world: SimulatedWorld, happened: Callable[[], bool]) -> float:
    """Run until a condition holds; return the time in seconds, to a tenth of a second."""
    end = world.kernel.seconds + _LIMIT
    while not happened():
        if world.kernel.seconds > end:
            raise TimeoutError(f"not within {_LIMIT:g} s:\n{world.report()}")
        world.run(_STEP)
    return float(world.kernel.seconds)


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=20)
    return {"p50": round(cuts[9], 1), "p95": round(cuts[18], 1)}


def rows(_: Setup) -> Iterator[Row]:
    """Yield start overhead, time from asking to ready, and time from a stop until nothing is left."""
    for mode in ("per-session", "shared"):
        found: dict[str, list[float]] = {name: [] for name in _ROWS}
        world = SimulatedWorld(1, Settings(shared_cluster=mode == "shared"))
        world.register(entry())
        for number in range(SESSIONS):
            user, session = f"user-{number}", f"20261130-{number:016x}"
            asked = world.kernel.seconds
            world.start(user, session)
            answered = _until(world, lambda: any(task.answers for task in world.tasks(session)))  # noqa: B023
            name = f"{user}.{ROOT}"
            synced = _until(world, lambda: bool(world.route53.address(name)) and world.route53.in_sync(name))  # noqa: B023
            ready = _until(world, lambda: session in world.monitor.ready_after)  # noqa: B023
            stopped = world.kernel.seconds
            world.stop(user, session)
            gone = _until(world, lambda: not world.monitor.leftovers())  # noqa: B023
            found["asked → ready"].append(ready - asked)
            found["container answers → ready"].append(ready - answered)
            found["start overhead"].append(ready - max(answered, synced))
            found["stop → nothing left"].append(gone - stopped)
        for what, values in found.items():
            for share, value in _percentiles(values).items():
                yield count(f"session, clusters {mode}: {what}, {share}", value, "virtual s", COMMAND)
