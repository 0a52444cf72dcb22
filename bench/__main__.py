"""`make bench`: measures, prints one table, and writes bench/results.json.

With --check it measures the counts only and compares them with bench/counts.json: it fails if a
count (calls, bytes, imports, sizes) got worse, and never because of a time. --accept writes the
counts of this run into that file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import Final

from bench import bundle, cold_start, edge_function, games, list_update, local_api, rows, sessions, step
from bench.rows import Row, Setup
from hippo_common import console

GROUPS: Final[dict[str, Callable[[Setup], Iterable[Row]]]] = {
    "step": step.rows,
    "cold": cold_start.rows,
    "sessions": sessions.rows,
    "list": list_update.rows,
    "bundle": bundle.rows,
    "games": games.rows,
    "edge": edge_function.rows,
    "local": local_api.rows,
}
"""What to measure, by the name that --only takes."""


def main() -> int:
    """Measure; return 1 if a count got worse."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, and print one table.")
    parser.add_argument("--only", nargs="+", choices=GROUPS, help="measure these groups; results.json is not written")
    parser.add_argument("--check", action="store_true", help="fail if a count is worse than in bench/counts.json")
    parser.add_argument("--accept", action="store_true", help="write the counts of this run into bench/counts.json")
    arguments = parser.parse_args()
    if arguments.only and (arguments.check or arguments.accept):
        parser.error("--check and --accept need all groups: leave out --only")
    setup = Setup(rows.bare_loop(), counts_only=arguments.check or arguments.accept)
    found = [Row(f"reference: {setup.loop[0]}", setup.loop[1], "ms of CPU", "time", "make bench")]
    for name in arguments.only or GROUPS:
        measured = list(GROUPS[name](setup))
        if measured:  # a group without counts has no rows in a check
            rows.show(measured)
        found += measured
    if arguments.accept:
        rows.accept(found)
    if arguments.check:
        return _check(found)
    if not (arguments.only or arguments.accept):
        rows.write(found)
        console.say(f"Written: {rows.RESULTS.name}, {len(found)} rows")
    return 0


def _check(found: Iterable[Row]) -> int:
    faults = rows.worse(found, rows.accepted())
    for fault in faults:
        console.warn(fault)
    if faults:
        console.say("If a larger count is intended: python -m bench --accept, and say why in the commit.")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
