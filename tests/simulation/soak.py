"""The long run: `python -m tests.simulation.soak --seeds 2000` (or `make soak`).

Plays a history for each seed and, on request, each crash scenario with every pair of crashes and a
crowd. Reports the number of histories, the injected faults and the violations. Exit status 1 if an
invariant was violated.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "handlers"))  # the bundle's package, as in pyproject.toml

from tests.simulation.attack import attack
from tests.simulation.crashes import SCENARIOS, faults_of, points, simulate
from tests.simulation.histories import History, planned
from tests.simulation.measure import CLUSTER_PER_SESSION, SHARED_CLUSTER, Crowd, measure


@dataclass(frozen=True)
class Played:
    """The result of one history or one scenario.

    Attributes:
        replay: Python expression that plays it again.
        sessions: number of sessions that got ready.
        longest_wait: longest wait of a participant without a server or a recorded reason, in
            seconds.
    """

    replay: str
    violations: tuple[str, ...]
    injected: Counter[str] = field(default_factory=Counter)
    sessions: int = 0
    longest_wait: float = 0.0
    histories: int = 1


def play(seed: int) -> Played:
    """Play the history of a seed."""
    history = History(planned(seed))
    violations = tuple(history.play())
    simulation = history.simulation
    ready = len(simulation.monitor.ready_after)
    return Played(
        f"History(planned({seed})).play()", violations, simulation.faults.injected, ready, history.longest_wait
    )


def crash(name: str) -> Played:
    """Run a scenario with every pair of crashes."""
    scenario = SCENARIOS[name]
    violations: list[str] = []
    runs = 0
    for first in points(scenario):
        for pair in ([first], *([first, second] for second in points(scenario, before=[first]))):
            wrong = faults_of(simulate(scenario, pair))
            runs += 1
            violations += [f"{name} {[str(point) for point in pair]}: {each}" for each in wrong]
    return Played(f"scenario {name}", tuple(violations), Counter(crash=runs), histories=runs)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _total(played: Iterable[Played]) -> Iterator[str]:
    """Yield the violations of each result, and the totals at the end."""
    injected: Counter[str] = Counter()
    histories = sessions = violated = 0
    longest = 0.0
    for one in played:
        histories += one.histories
        sessions += one.sessions
        injected += one.injected
        longest = max(longest, one.longest_wait)
        violated += len(one.violations)
        if one.violations:
            yield f"VIOLATED by {one.replay}"
            yield from (f"  {violation}" for violation in one.violations)
    yield f"histories {histories}, sessions that got ready {sessions}, longest wait without a reason {longest:.0f} s"
    yield f"faults injected {sum(injected.values())}: " + ", ".join(f"{k} {v}" for k, v in injected.most_common())
    yield f"violations {violated}"


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1000, help="number of histories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--pairs", action="store_true", help="also run every pair of crash points")
    parser.add_argument("--crowd", type=int, default=0, help="measure this number of participants")
    parser.add_argument("--minutes", type=float, default=10.0, help="in which the crowd starts")
    parser.add_argument("--cluster-mode", default=CLUSTER_PER_SESSION, choices=(CLUSTER_PER_SESSION, SHARED_CLUSTER))
    parser.add_argument("--max-sessions", type=int, default=None, help="the deployment's limit")
    parser.add_argument("--attack", type=int, default=0, help="send this number of ids in ten minutes")
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    violated = False
    with ProcessPoolExecutor(chosen.jobs) as pool:
        works = [pool.map(play, range(chosen.first, chosen.first + chosen.seeds), chunksize=5)]
        works += [pool.map(crash, SCENARIOS)] if chosen.pairs else []
        for work in works:
            for line in _total(work):
                violated = violated or line.startswith("VIOLATED")
                _print(line)
    if chosen.crowd:
        crowd = Crowd(
            participants=chosen.crowd,
            minutes=chosen.minutes,
            cluster_mode=chosen.cluster_mode,
            max_sessions=chosen.max_sessions,
        )
        measured = measure(crowd)
        violated = violated or bool(measured.violations or measured.neither)
        for line in measured.lines():
            _print(line)
    if chosen.attack:
        attacked = attack(chosen.attack)
        violated = violated or bool(attacked.faults())
        for line in (*attacked.faults(), attacked.lines()):
            _print(line)
    _print(f"{time.monotonic() - began:.0f} s")
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main())
