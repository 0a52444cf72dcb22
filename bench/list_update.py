"""Measures update_project_master_list: AWS calls, bytes and time with 1 and 1,000 projects in the list."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.context import Context
from bench.fake_s3 import Running, running
from bench.rows import Row, Setup, count, duration
from bench.step import REPOSITORY, Scenario, entry, environment, fill

COMMAND: Final = "make bench BENCH_ARGS='--only list'"


def rows(setup: Setup) -> Iterator[Row]:
    """Yield the rows of a change of one entry, in a warm function."""
    for projects in (1, 1_000):
        with running() as fake, tempfile.TemporaryDirectory() as folder:
            fill(fake, Scenario(projects, 5, 1))
            path = Path(folder) / "measured.json"
            command = [sys.executable, "-m", "bench.list_update", fake.address, str(path)]
            subprocess.run(command, cwd=REPOSITORY, env=environment(fake.address), check=True, capture_output=True)
            found = json.loads(path.read_text(encoding="utf-8"))
        name = f"list update, {projects:,} projects"
        yield count(f"{name}: AWS calls", found["calls"], "calls", COMMAND)
        yield count(f"{name}: moved", found["moved"], "bytes", COMMAND)
        if not setup.counts_only:
            yield duration(f"{name}: CPU", found["cpu_ms"], "ms", COMMAND, setup.loop)


def _in_child(address: str, path: Path) -> None:
    import update_project_master_list

    fake = Running(address)
    measured = []
    for number in range(5):
        event: dict[str, Any] = entry("study", 5) | {"name": f"Change {number}"}
        fake.reset()
        began = time.process_time()
        answer = update_project_master_list.lambda_handler(event, Context())
        cpu = time.process_time() - began
        if answer["statusCode"] != 200:
            raise RuntimeError(f"the update was refused: {answer['body']}")
        counts = fake.counts()
        calls, moved = sum(counts.calls.values()), counts.bytes_in + counts.bytes_out
        measured.append({"calls": calls, "moved": moved, "cpu_ms": cpu * 1000})
    warm = measured[1] | {"cpu_ms": min(each["cpu_ms"] for each in measured[1:])}
    path.write_text(json.dumps(warm), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    _in_child(arguments.address, arguments.path)
