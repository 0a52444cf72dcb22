"""Measures how far a deployment goes: `make bench-scale`. The whole takes long: choose parts with --only.

    crowd         1,000 and 5,000 sessions in the simulation, with sweeps, AWS's limits, a limit on
                  simultaneous servers with its line, and warm servers
    sweep         a sweep of 5,000 live sessions, and `hippo sessions` with them: CPU seconds
    requests      next_step at 200 requests a second for 10 minutes of virtual time
    participants  a step at 100,000 participants of a study: calls, bytes, CPU

It prints rows as `make bench` does, and writes bench/scale.json. Each part prints its lines as soon as
it has them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from unittest import mock

from bench import rows, step
from bench.canned_aws import BUCKET, DEPLOYMENT, ROOT
from bench.fake_s3 import running
from bench.functions import canned_aws, measured_child
from bench.rows import Row, Setup
from bench.step import Scenario
from hippo_common import console
from tests.simulation.measure import SHARED_CLUSTER, Crowd, Measured, measure
from tests.support.inputs import entry
from tests.support.simulated_world.functions import NEXT_STEP
from tests.support.simulated_world.kernel import Process
from tests.support.simulated_world.simulation import SimulatedWorld

RESULTS: Final = Path(__file__).parent / "scale.json"
COMMAND: Final = "make bench-scale BENCH_ARGS='--only {}'"
PLAYS: Final = 600.0
WARM: Final = 10
PAGES: Final = 5
_PAUSE: Final = 5.0


@dataclass(frozen=True)
class Size:
    """What is measured: sessions of the crowds, live sessions of a sweep, requests a second, minutes, participants."""

    crowds: tuple[int, ...] = (1_000, 5_000)
    live: int = 5_000
    rate: int = 200
    minutes: float = 10.0
    participants: int = 100_000


# ---------------------------------------------------------------------------------------------------- crowd


def crowds(size: Size, loop: tuple[str, float]) -> Iterator[Row]:
    """Yield waits, refusals and the binding limit of each crowd; all come within ten minutes."""
    for number in size.crowds:
        kinds = {
            "no limit": Crowd(number, cluster_mode=SHARED_CLUSTER, plays=PLAYS, vcpus=float(number)),
            f"{number // 2:,} places, {WARM} warm": Crowd(
                number,
                cluster_mode=SHARED_CLUSTER,
                plays=PLAYS,
                vcpus=float(number),
                max_sessions=number // 2,
                max_line=number,
                warm=WARM,
            ),
        }
        for name, crowd in kinds.items():
            began = time.process_time()
            measured = measure(crowd)
            for line in measured.lines():
                console.say(line)
            yield from _of_crowd(f"crowd of {number:,}, {name}", measured)
            seconds = time.process_time() - began
            yield rows.duration(f"crowd of {number:,}, {name}: simulated in", seconds, "CPU s", _command("crowd"), loop)


def _of_crowd(group: str, measured: Measured) -> Iterator[Row]:
    command = _command("crowd")
    for share, name in ((0.5, "p50"), (0.95, "p95"), (1.0, "last")):
        yield rows.count(f"{group}: asked → ready, {name}", round(measured.percentile(share), 1), "virtual s", command)
    refused = sum(measured.failed.values())
    yield rows.count(f"{group}: refused", refused, "sessions", command)
    yield rows.count(f"{group}: neither ready nor refused", measured.neither, "sessions", command)
    yield rows.count(f"{group}: broken invariants", len(measured.violations), "", command)
    yield rows.count(f"{group}: Lambda at once", measured.max_running, "invocations", command)
    for limit, times in sorted(measured.throttles.items()):
        yield rows.count(f"{group}: throttled: {limit}", times, f"of {measured.calls[limit]:,}", command)


# ---------------------------------------------------------------------------------------------------- sweep


def sweeps(size: Size, loop: tuple[str, float]) -> Iterator[Row]:
    """Yield the CPU seconds of a sweep, cold and warm, in both cluster modes, and those of `hippo sessions`."""
    command = _command("sweep")
    for mode in ("shared", "per-session"):
        with canned_aws(size.live, mode) as address:
            found = measured_child("sweep", address, mode)
            if found.seconds["ready"] != size.live:
                raise ValueError(f"the sweep saw {found.seconds['ready']:g} of {size.live} sessions")
            for kind in ("cold", "warm"):
                name = f"sweep of {size.live:,} live sessions, clusters {mode}, {kind}"
                yield rows.duration(name, found.seconds[kind], "CPU s", command, loop)
            name = f"sweep of {size.live:,} live sessions, clusters {mode}: memory"
            yield Row(name, found.megabytes, "MB", "time", command)
            if mode == "shared":
                seconds = _hippo_sessions(address, size.live)
                yield rows.duration(f"hippo sessions, {size.live:,} live", seconds, "CPU s", command, loop)


def _hippo_sessions(address: str, live: int) -> float:
    from hippo_cli.deployment import Deployment
    from hippo_cli.servers.sessions import LiveSessions

    with mock.patch.dict("os.environ", step.environment(address)):
        deployment = Deployment(
            DEPLOYMENT, "ca-central-1", "123456789012", BUCKET, ROOT, "https://api", {}, "role", None, "logs", None
        )
        began = time.process_time()
        overview = LiveSessions(deployment).all()
        seconds = time.process_time() - began
    if len(overview.sessions) != live or overview.unreadable:
        raise ValueError(f"hippo saw {len(overview.sessions)} of {live}: {overview.unreadable[:3]}")
    return seconds


# ---------------------------------------------------------------------------------------------------- requests


class Requests:
    """Participants who ask next_step at a fixed rate: each loads a study of pages, then answers one after the other."""

    def __init__(self, rate: int, minutes: float) -> None:
        self.world = SimulatedWorld(1)
        steps = {str(number): f"{number}.html" for number in range(1, PAGES + 1)} | {"finalStep": "end.html"}
        self.world.register(entry("study", steps=steps, start=None, stop=None))
        self.rate = rate
        self.total = int(rate * minutes * 60)
        self.at_once = int(rate * _PAUSE)
        self.waits: list[float] = []
        self.errors = 0
        self.accepted: dict[str, int] = {}

    def run(self) -> None:
        """Send every request at its time, and run until all are answered."""
        for number in range(self.total):
            self.world.kernel.after(number / self.rate, lambda number=number: self._ask(number))  # type: ignore[misc]
        self.world.run(self.total / self.rate + 60.0)

    def _ask(self, number: int) -> None:
        requests = PAGES + 1
        group, place = divmod(number, self.at_once * requests)
        round_, seat = divmod(place, self.at_once)
        user = f"user-{group * self.at_once + seat}"
        query = {"projectId": "study", "userId": user} | ({"step": str(round_)} if round_ else {})
        sent = {
            "id": f"request-{number}",
            "method": "POST" if round_ else "GET",
            "query": query,
            "body": f"answer {round_} of {user}" if round_ else None,
        }
        asked = self.world.kernel.seconds

        def ended(process: Process) -> None:
            self.waits.append(self.world.kernel.seconds - asked)
            answer: dict[str, Any] = process.result if process.error is None else {"status": 502, "body": {}}
            if answer["status"] != 200 or answer["body"].get("retry"):
                self.errors += 1
            elif round_:
                self.accepted[user] = self.accepted.get(user, 0) + 1

        self.world.lambdas.invoke(NEXT_STEP, json.dumps(sent), ended)

    def lost(self) -> int:
        """Count the acknowledged answers that no record holds as accepted."""
        return sum(count - self._stored(user) for user, count in self.accepted.items())

    def _stored(self, user: str) -> int:
        record = self.world.s3.json(f"study/Users/{user}")
        return sum(bool(request.get("accepted") and request.get("body")) for request in record["requests"])


def requests(size: Size, loop: tuple[str, float]) -> Iterator[Row]:
    """Yield virtual seconds of an answer, errors, lost answers, and the concurrency that Lambda needs."""
    command, began = _command("requests"), time.process_time()
    asked = Requests(size.rate, size.minutes)
    asked.run()
    group = f"next_step, {size.rate} requests a second for {size.minutes:g} minutes"
    waits = sorted(asked.waits)
    yield rows.count(f"{group}: answered", len(waits), f"of {asked.total:,}", command)
    for share in (50, 95, 99):
        value = waits[min(len(waits) - 1, len(waits) * share // 100)]
        yield rows.count(f"{group}: p{share}", round(value, 3), "virtual s", command)
    yield rows.count(f"{group}: errors", asked.errors, "requests", command)
    yield rows.count(f"{group}: answers lost", asked.lost(), f"of {sum(asked.accepted.values()):,}", command)
    yield rows.count(f"{group}: Lambda at once", asked.world.lambdas.max_running, "invocations", command)
    yield rows.duration(f"{group}: simulated in", time.process_time() - began, "CPU s", command, loop)


# ---------------------------------------------------------------------------------------------------- participants


def participants(size: Size, loop: tuple[str, float]) -> Iterator[Row]:
    """Yield a step's calls, round trips, bytes and CPU with one participant and with many of the same study."""
    for number in (1, size.participants):
        with running() as fake:
            yield from step.measure(fake, Scenario(1, PAGES, number), Setup(loop))


_PARTS: Final[dict[str, Callable[[Size, tuple[str, float]], Iterator[Row]]]] = {
    "participants": participants,
    "sweep": sweeps,
    "requests": requests,
    "crowd": crowds,
}


def _command(part: str) -> str:
    return COMMAND.format(part)


def main() -> int:
    """Measure; the exit status is 1 if an answer or an invariant was lost."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description="How far a deployment goes.")
    parser.add_argument("--only", nargs="+", choices=_PARTS, default=list(_PARTS), help="these parts")
    parser.add_argument("--crowds", nargs="+", type=int, default=list(Size.crowds), help="sessions of the crowds")
    parser.add_argument("--live", type=int, default=Size.live, help="live sessions of the sweep")
    parser.add_argument("--rate", type=int, default=Size.rate, help="requests a second")
    parser.add_argument("--minutes", type=float, default=Size.minutes, help="of these requests")
    parser.add_argument("--participants", type=int, default=Size.participants, help="of the study")
    chosen = parser.parse_args()
    size = Size(tuple(chosen.crowds), chosen.live, chosen.rate, chosen.minutes, chosen.participants)
    loop = rows.bare_loop()
    in_seconds = (loop[0], loop[1] / 1000)
    found: list[Row] = []
    for part in chosen.only:
        measured = list(_PARTS[part](size, loop if part == "participants" else in_seconds))
        rows.show(measured)
        found += measured
    if size == Size() and set(chosen.only) == set(_PARTS):
        rows.write(found, RESULTS)
        console.say(f"Written: {RESULTS.name}, {len(found)} rows, {datetime.now(UTC):%Y-%m-%d}")
    broken = [row for row in found if row.value and row.name.endswith((": answers lost", ": broken invariants"))]
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
