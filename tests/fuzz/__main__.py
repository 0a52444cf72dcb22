"""The fuzzer: `python -m tests.fuzz --events 1000000 --jobs 2` (or `make fuzz FUZZ_ARGS=...`).

Each part is one run of hypothesis with a seed of its own. A violation is printed with its shortest
history and the command that repeats its part. Exit status 1 if an invariant was violated.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "handlers"))  # the bundle's package, as in pyproject.toml

from tests.fuzz.running import Part, run


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _parts(pool: ProcessPoolExecutor, first: int, jobs: int) -> Iterator[Part]:
    """Yield the parts from a seed on, without end; a few wait in the pool."""
    waiting = [pool.submit(run, first + number) for number in range(jobs * 2)]
    following = first + len(waiting)
    while True:
        yield waiting.pop(0).result()
        waiting.append(pool.submit(run, following))
        following += 1


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=20_000, help="stop after this number of events")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="or after this time")
    parser.add_argument("--seed", type=int, default=None, help="of the first part; a random one by default")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    chosen = parser.parse_args(arguments)
    first = secrets.randbelow(10**9) if chosen.seed is None else chosen.seed
    began, shown = time.monotonic(), 0.0
    events: Counter[str] = Counter()
    violated, seconds = 0, 0.0
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for part in _parts(pool, first, chosen.jobs):
            events += part.events
            seconds = time.monotonic() - began
            if part.failure:
                violated += 1
                _print(f"{part.failure}\nRepeat it: make fuzz FUZZ_ARGS='--seed {part.number} --events 1 --jobs 1'")
            if events.total() >= chosen.events or seconds >= chosen.seconds:
                break
            if seconds - shown >= 60:
                shown = seconds
                _print(f"{events.total()} events, {events.total() / seconds:.0f} a second")
        pool.shutdown(wait=False, cancel_futures=True)
    by_function = ", ".join(f"{name} {number}" for name, number in events.most_common())
    _print(f"{events.total()} events in {seconds:.0f} s from seed {first}: {by_function}")
    _print(f"parts with a violation: {violated}")
    return 1 if violated else 0


if __name__ == "__main__":
    sys.exit(main())
