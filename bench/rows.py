"""The rows of `make bench`: one figure each, printed as a table and written as JSON.

Counts (calls, bytes, imports, sizes) are the same on every machine and are compared with
`bench/counts.json` by `make bench-check`. Times depend on the machine: each is shown beside its
ratio to a reference time of the same run, and never fails a check.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from hippo_common import console

RESULTS: Final = Path(__file__).parent / "results.json"
COUNTS: Final = Path(__file__).parent / "counts.json"

_TOLERANCE: Final = 1.02
"""A count may grow by 2 %: sizes differ a little between versions of Python and of zlib."""


@dataclass(frozen=True)
class Row:
    """One figure.

    Attributes:
        name: what was measured, as "group: detail".
        value: the figure. unit: "calls", "bytes", "ms" and so on.
        kind: "count" is the same on every machine, "time" is not.
        command: measures this row again.
        reference: what `ratio` refers to, "" for counts. ratio: value divided by the reference.
    """

    name: str
    value: float
    unit: str
    kind: Literal["count", "time"]
    command: str
    reference: str = ""
    ratio: float | None = None


@dataclass(frozen=True)
class Setup:
    """The input of a group.

    Attributes:
        loop: the reference of its times: name and ms.
        counts_only: measure no times; their rows are left out.
    """

    loop: tuple[str, float]
    counts_only: bool = False

    @property
    def runs(self) -> int:
        """How often a time is measured, to take the best."""
        return 1 if self.counts_only else 7


def count(name: str, value: float, unit: str, command: str) -> Row:
    """Return a row that is the same on every machine."""
    return Row(name, value, unit, "count", command)


def duration(name: str, value: float, unit: str, command: str, reference: tuple[str, float]) -> Row:
    """Return a row that depends on the machine, with its ratio to a reference in the same unit."""
    return Row(name, value, unit, "time", command, reference[0], value / reference[1])


def bare_loop() -> tuple[str, float]:
    """Measure the reference of most times: ms of CPU time of a loop of a million additions."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        total = 0
        for number in range(1_000_000):
            total += number
        best = min(best, time.process_time() - began)
    return "loop of 1,000,000 additions", best * 1000


def show(rows: Iterable[Row]) -> None:
    """Print the rows as a table."""
    listed = list(rows)
    width = max(len(row.name) for row in listed)
    for row in listed:
        ratio = "" if row.ratio is None else f"   {row.ratio:7.2f} times the {row.reference}"
        digits = 0 if row.value >= 1000 or float(row.value).is_integer() else 2
        console.say(f"{row.name:{width}} {row.value:14,.{digits}f} {row.unit:12}{ratio}")


def write(rows: Iterable[Row], path: Path = RESULTS) -> None:
    """Write the rows with the day and the kind of machine."""
    content = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "rows": [asdict(row) for row in rows],
    }
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def worse(rows: Iterable[Row], accepted: Mapping[str, float]) -> list[str]:
    """Return one line for each count that is larger than the accepted one, or not in the file.

    Args:
        rows: the rows of this run.
        accepted: the content of `bench/counts.json`: values by the rows' names.
    """
    faults = []
    counted = [row for row in rows if row.kind == "count"]
    for row in counted:
        if row.name not in accepted:
            faults.append(f"{row.name}: {row.value:,.0f} {row.unit} is not in bench/counts.json")
        elif row.value > accepted[row.name] * _TOLERANCE:
            faults.append(
                f"{row.name}: {row.value:,.0f} {row.unit}, {accepted[row.name]:,.0f} was accepted. {row.command}"
            )
    measured = {row.name for row in counted}
    faults += [f"{name}: is in bench/counts.json and was not measured" for name in accepted if name not in measured]
    return faults


def accepted() -> dict[str, float]:
    """Read `bench/counts.json`."""
    found: dict[str, float] = json.loads(COUNTS.read_text(encoding="utf-8"))
    return found


def accept(rows: Iterable[Row]) -> None:
    """Write `bench/counts.json` from the rows of this run."""
    found: dict[str, Any] = {row.name: row.value for row in rows if row.kind == "count"}
    COUNTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
