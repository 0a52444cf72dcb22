"""Measures a warm request to /next: AWS calls, round trips, bytes, log, CPU time.

The real entry file answers in a child process, with the fake S3 of `fake_s3.py` as its AWS. A first
participant walks through all steps, which fills the function's caches; then the last two requests of
a second one are measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.canned_aws import BUCKET, DEPLOYMENT, ROOT, ZONE
from bench.context import Context
from bench.fake_s3 import Running, running
from bench.rows import Row, Setup, count, duration

REPOSITORY: Final = Path(__file__).resolve().parents[1]
COMMAND: Final = "make bench BENCH_ARGS='--only step'"
_TOPIC: Final = "arn:aws:sns:ca-central-1:123456789012:"
_HEADERS: Final = {
    "accept": "*/*",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "en-CA,en;q=0.9,fr;q=0.8",
    "content-type": "application/json",
    "origin": "https://study.example.net",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
}
_ANSWER: Final = {"confidence": "4", "strategy": "I kept to the left and waited.", "clear": "on"}
_PAGE: Final = b"<h1>A page</h1><form><input name=confidence type=number required></form>" + b"<p>Some text.</p>" * 60


@dataclass(frozen=True)
class Scenario:
    """A deployment's size: projects in the list, steps of the study, participants with a record."""

    projects: int
    steps: int
    participants: int

    def __str__(self) -> str:
        return f"{self.projects:,} projects, {self.steps} steps, {self.participants:,} participants"


SCENARIOS: Final = (
    Scenario(1, 5, 1),
    Scenario(1_000, 5, 1),
    Scenario(1, 50, 1),
    Scenario(1, 5, 10_000),
    Scenario(1_000, 50, 10_000),
)


def environment(address: str) -> dict[str, str]:
    """Return the variables of the measured process: those of Terraform, with an AWS at `address`."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{REPOSITORY / 'handlers'}:{REPOSITORY}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "ca-central-1",
        "AWS_DEFAULT_REGION": "ca-central-1",
        "AWS_ENDPOINT_URL": address,
        "AWS_LAMBDA_FUNCTION_NAME": "measured",
        "BUCKET": BUCKET,
        "DEPLOYMENT_NAME": DEPLOYMENT,
        "HOSTED_ZONE_ID": ZONE,
        "ROOT_DOMAIN": ROOT,
        "START_SERVER_TOPIC_ARN": f"{_TOPIC}start",
        "STOP_SERVER_TOPIC_ARN": f"{_TOPIC}stop",
        "CACHE_SECONDS": "3600",
    }


def entry(project_id: str, steps: int) -> dict[str, Any]:
    """Return an entry of the master list with this number of pages and a last one."""
    return {
        "id": project_id,
        "name": "A study",
        "live": True,
        "researcher": None,
        "team_members": None,
        "ecsTask": None,
        "steps": {str(number): f"{number}.html" for number in range(1, steps + 1)} | {"finalStep": "end.html"},
        "events": {"startServerStep": None, "stopServerStep": None},
        "maxRuntime": None,
        "bucket": BUCKET,
    }


def fill(fake: Running, scenario: Scenario) -> None:
    """Store the master list, the pages of the study `study`, and the other participants' records."""
    others = [entry(f"other-{number}", 5) for number in range(1, scenario.projects)]
    listed = json.dumps({"projects": [*others, entry("study", scenario.steps)]}).encode()
    fake.store("project_master_list.json", listed)
    for file in entry("study", scenario.steps)["steps"].values():
        fake.store(f"study/{file}", _PAGE)
    if scenario.participants > 1:
        fake.store_copies(scenario.participants - 1, "study/Users/other-", b"{}")


def measure(fake: Running, scenario: Scenario, setup: Setup) -> Iterator[Row]:
    """Yield the rows of one scenario."""
    fill(fake, scenario)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "measured.json"
        command = [sys.executable, "-m", "bench.step", fake.address, str(scenario.steps), str(path), str(setup.runs)]
        subprocess.run(command, cwd=REPOSITORY, env=environment(fake.address), check=True)
        found = json.loads(path.read_text(encoding="utf-8"))
    for what in ("a page", "an answer"):
        each, name = found[what], f"step, {what}; {scenario}"
        yield count(f"{name}: AWS calls", each["calls"], "calls", COMMAND)
        yield count(f"{name}: one after the other", each["round_trips"], "round trips", COMMAND)
        yield count(f"{name}: moved", each["moved"], "bytes", COMMAND)
        yield count(f"{name}: logged", each["logged"], "bytes", COMMAND)
        if not setup.counts_only:
            yield duration(f"{name}: CPU", each["cpu_ms"], "ms", COMMAND, setup.loop)
            yield duration(f"{name}: with 25 ms a call", each["wall_ms"], "ms", COMMAND, setup.loop)


def rows(setup: Setup) -> Iterator[Row]:
    """Yield the rows of all scenarios."""
    for scenario in SCENARIOS:
        with running() as fake:
            yield from measure(fake, scenario, setup)


# ------------------------------------------------------------------------------------------ the measured process


class _Walker:
    """Asks for pages as one participant after the other, and measures requests."""

    def __init__(self, fake: Running, steps: int) -> None:
        import next_step

        self._handler = next_step.lambda_handler
        self._fake = fake
        self._steps = steps
        self._number = 0

    def ask(self, method: str, user: str) -> dict[str, Any]:
        self._number += 1
        event = {
            "version": "2.0",
            "rawPath": "/next",
            "headers": _HEADERS,
            "queryStringParameters": {"projectId": "study", "userId": user},
            "requestContext": {"http": {"method": method}, "requestId": f"request-{self._number}"},
            "body": json.dumps(_ANSWER) if method == "POST" else None,
            "isBase64Encoded": False,
        }
        answer: dict[str, Any] = self._handler(event, Context())
        if answer["statusCode"] != 200 or "try again" in answer["body"].lower():
            raise RuntimeError(f"/next answered {answer['statusCode']}: {answer['body'][:200]}")
        return answer

    def walk(self, user: str, answers: int) -> None:
        self.ask("GET", user)
        for _ in range(answers):
            self.ask("POST", user)

    def measured(self, method: str, *, delay_ms: float = 0) -> dict[str, float]:
        """Measure the request before a participant's last page; a new participant each time."""
        user = f"user-{self._number}"
        self._fake.reset()
        self.walk(user, self._steps - 1)
        self._fake.reset(delay_ms)
        sys.stdout.flush()
        before, cpu, wall = _logged(), time.process_time(), time.perf_counter()
        self.ask(method, user)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        sys.stdout.flush()
        counts = self._fake.counts()
        return {
            "calls": sum(counts.calls.values()),
            "round_trips": counts.round_trips,
            "moved": counts.bytes_in + counts.bytes_out,
            "logged": _logged() - before,
            "cpu_ms": cpu * 1000,
            "wall_ms": wall * 1000,
        }


def _logged() -> int:
    return os.lseek(1, 0, os.SEEK_CUR)


def _in_child(address: str, steps: int, path: Path, runs: int) -> None:
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 1)
        walker = _Walker(Running(address), steps)
        walker.walk("first", steps)
        found = {}
        for what, method in (("a page", "GET"), ("an answer", "POST")):
            quick = [walker.measured(method) for _ in range(runs)]
            slow = [walker.measured(method, delay_ms=25) for _ in range(runs)]
            found[what] = quick[0] | {
                "cpu_ms": min(each["cpu_ms"] for each in quick),
                "wall_ms": sorted(each["wall_ms"] for each in slow)[len(slow) // 2],
            }
        path.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("steps", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("runs", type=int)
    arguments = parser.parse_args()
    _in_child(arguments.address, arguments.steps, arguments.path, arguments.runs)
