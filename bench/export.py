"""Measures the time and memory of `hippo export` for a large study, with a local S3.

`python -m bench.export` starts the local cloud's gateway (MiniStack) as a child on loopback, fills
a bucket with the records of 10,000 participants who have answered 20 steps, and runs the command in
a separate process, whose memory it measures. The real `/next` makes one record; the others are
copies with different ids, days and answers. The run fails if it exceeds a limit, or if the number
of rows differs from a plain count of the records.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from bench.canned_aws import BUCKET
from bench.step import entry
from hippo_cli.memory_bucket import MemoryBucket
from hippo_common import console
from hippo_gym.participants.assigning import Assigner
from hippo_gym.participants.enrolling import Enroller
from hippo_gym.participants.pages import Pages
from hippo_gym.participants.records import Participants
from hippo_gym.participants.visits import Visits
from hippo_gym.runtime import http
from hippo_gym.runtime.logs import logger
from hippo_gym.sessions.capacity import Places
from hippo_gym.sessions.presence import PresenceStore
from hippo_gym.sessions.store import SessionStore
from hippo_gym.studies.balance import BalanceStore
from hippo_gym.studies.enrolment import RosterStore
from hippo_gym.studies.master_list import Projects
from hippo_gym.studies.object_cache import ObjectCache
from hippo_gym.studies.projects import MASTER_LIST_KEY
from local import loopback, processes
from local.places import ACCOUNT_ID, LOOPBACK, REGION, REPOSITORY, aws_environment, clean_environment

STUDY: Final = "large_study"
_LIMIT_SECONDS: Final = 180.0
_LIMIT_MEGABYTES: Final = 500.0
_TEMPLATE_USER: Final = "template-user"
_TEMPLATE_DAY: Final = datetime(2026, 1, 1, 9, tzinfo=UTC)
_FORM: Final = {"confidence": "4", "strategy": "template-text", "clear": "on", "remarks": "It moved, é, then stopped."}
_HEADERS: Final = {
    "accept": "*/*",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "en-CA,en;q=0.9,fr;q=0.8",
    "content-type": "application/json",
    "host": "abcdefghij.execute-api.ca-central-1.amazonaws.com",
    "origin": "https://study.example.net",
    "referer": "https://study.example.net/",
    "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24"',
    "sec-fetch-mode": "cors",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "x-amzn-trace-id": "Root=1-69219d5a-0123456789abcdef01234567",
    "x-forwarded-for": "203.0.113.9",
}


@dataclass
class _Clock:
    moment: datetime = _TEMPLATE_DAY

    def now(self) -> datetime:
        self.moment += timedelta(seconds=30.25)
        return self.moment

    def sleep(self, seconds: float) -> None:
        del seconds


@dataclass(frozen=True)
class Run:
    """One run of the command."""

    seconds: float
    megabytes: float
    result: dict[str, Any]


def main() -> int:
    """Measure, and return the exit status."""
    parser = argparse.ArgumentParser(description="Measure hippo export against a local S3.")
    parser.add_argument("--participants", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--formats", nargs="+", default=["csv"], choices=["csv", "jsonl", "parquet", "hippo"])
    parser.add_argument("--report", action="store_true", help="measure hippo report, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, _local_s3(Path(folder)) as environment:
        console.say(f"Filling a bucket with {arguments.participants:,} participants of {arguments.steps} steps")
        expected = _fill(environment, arguments.participants, arguments.steps)
        failed = False
        for form in arguments.formats:
            place = Path(folder) / form
            for what in ("first", "nothing new"):
                run = _measured(environment, "export", STUDY, "-o", str(place), "-f", form, "--json")
                failed |= _show_and_check(f"{form}, {what}", run, _rows(place, form), expected)
        if arguments.report:
            run = _measured(environment, "report", STUDY, "-o", f"{folder}/report.html", "--json")
            failed |= _show_and_check("report", run, None, expected)
    return int(failed)


@contextlib.contextmanager
def _local_s3(folder: Path) -> Iterator[dict[str, str]]:
    """Start the gateway; yield the environment that points an AWS SDK at it."""
    (port,) = processes.free_ports(1)
    url = f"http://{LOOPBACK}:{port}"
    settings = {
        **aws_environment(url),
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": LOOPBACK,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "TMPDIR": str(folder),
        "DOCKER_HOST": "unix:///nonexistent",
        "LOG_LEVEL": "WARNING",
    }
    del settings["AWS_ENDPOINT_URL"]
    state = folder / "state"
    processes.spawn(["-m", "local.gateway"], settings, state, folder / "gateway.log", ephemeral=True)
    try:
        _wait_for(f"{url}/_ministack/health")
        yield aws_environment(url)
    finally:
        processes.end_all(state)


def _wait_for(url: str) -> None:
    for _ in range(600):
        with contextlib.suppress(OSError):
            loopback.get(url, timeout=5)
            return
        time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer")


def _template(steps: int) -> bytes:
    """Return the record of one participant who answered every step, written by the real `/next`."""
    logger.setLevel("CRITICAL")
    listed, clock = entry(STUDY, steps), _Clock()
    bucket = MemoryBucket({MASTER_LIST_KEY: json.dumps({"projects": [listed]}).encode()})
    objects = ObjectCache(bucket, clock, 0)
    pages = Pages(objects)
    visits = Visits(
        projects=Projects(objects),
        participants=Participants(bucket),
        sessions=SessionStore(bucket, clock),
        places=Places(bucket, clock),
        enroller=Enroller(RosterStore(bucket, clock), clock),
        presence=PresenceStore(bucket),
        assigner=Assigner(pages, BalanceStore(bucket, clock)),
        pages=pages,
        publish=lambda message: None,
        clock=clock,
        root_domain="example.net",
    )
    query = {"projectId": STUDY, "userId": _TEMPLATE_USER}
    for number in range(steps + 1):
        body = json.dumps(_FORM, ensure_ascii=False) if number else None
        visits.serve(http.HttpRequest(f"request-{number}", "POST" if number else "GET", query, _HEADERS, body, True))
    stored = bucket.get(f"{STUDY}/Users/{_TEMPLATE_USER}")
    if stored is None:
        raise LookupError("/next wrote no record")
    return stored.body


def _fill(environment: dict[str, str], participants: int, steps: int) -> int:
    """Upload the study; return the number of rows by a plain count of its records."""
    session = boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
    options: dict[str, Any] = {
        "endpoint_url": environment["AWS_ENDPOINT_URL"],
        "config": Config(max_pool_connections=16),
    }
    s3 = session.client("s3", **options)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=MASTER_LIST_KEY, Body=json.dumps({"projects": [entry(STUDY, steps)]}))
    for file in entry(STUDY, steps)["steps"].values():
        s3.put_object(Bucket=BUCKET, Key=f"{STUDY}/{file}", Body="<p>page</p>")
    session.client("ssm", **options).put_parameter(
        Name="/hippo-gym/HIPPO_Gym", Type="String", Value=json.dumps(_description())
    )
    template = _template(steps).decode()

    def put(number: int) -> int:
        user = f"user-{number:06d}"
        day = f"{_TEMPLATE_DAY + timedelta(days=number % 300):%Y-%m-%d}"
        text = template.replace(_TEMPLATE_USER, user).replace("template-text", f"text {number}, as it came")
        text = text.replace(f"{_TEMPLATE_DAY:%Y-%m-%d}", day)
        s3.put_object(Bucket=BUCKET, Key=f"{STUDY}/Users/{user}", Body=text.encode())
        bodies = [entry["body"] for entry in json.loads(text)["requests"] if entry["httpMethod"] == "POST"]
        return sum(len(json.loads(body)) for body in bodies)

    with ThreadPoolExecutor(8) as threads:
        return sum(threads.map(put, range(participants)))


def _description() -> dict[str, Any]:
    role = f"arn:aws:iam::{ACCOUNT_ID}:role/bench"
    return {
        "version": 1,
        "name": "HIPPO_Gym",
        "region": REGION,
        "accountId": ACCOUNT_ID,
        "bucket": BUCKET,
        "rootDomain": "example.net",
        "apiUrl": "https://api.example.net",
        "functions": {},
        "executionRoleArn": role,
        "taskRoleArn": role,
        "sessionLogGroup": "/bench",
        "sharedCluster": "",
        "maxRuntimeMinutes": 60,
    }


def _measured(environment: dict[str, str], *words: str) -> Run:
    """Run a command line of `hippo` in a child process, and measure only that child.

    The memory is the child's maximum, but at least that of this process (getrusage, after exec).
    """
    paths = os.pathsep.join(str(REPOSITORY / name) for name in ("cli", "handlers"))
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        child = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "hippo_cli.main", *words],
            {**clean_environment(), **environment, "PYTHONPATH": paths},
            file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1)],
        )
        _, status, used = os.wait4(child, 0)
        seconds = time.monotonic() - started
        if status:
            raise RuntimeError(f"hippo {words[0]} ended with {os.waitstatus_to_exitcode(status)}")
        output.seek(0)
        return Run(seconds, used.ru_maxrss / 1024, json.load(output))


def _rows(folder: Path, form: str) -> int | None:
    """Count the rows of the answers with another library; None for a format without rows."""
    path = folder / f"answers.{form}"
    if form == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            return sum(1 for _ in csv.reader(file)) - 1
    if form == "jsonl":
        with path.open(encoding="utf-8") as file:
            return sum(1 for line in file if json.loads(line))
    if form == "parquet":
        parquet: Any = import_module("pyarrow.parquet")
        return int(parquet.read_metadata(path).num_rows)
    return None


def _show_and_check(what: str, run: Run, rows: int | None, expected: int) -> bool:
    """Print the result of a run; return whether it failed a check."""
    counted = "" if rows is None else f", {rows:,} rows"
    participants = run.result["participants"]
    console.say(f"{what:20} {run.seconds:6.1f} s  {run.megabytes:5.0f} MB  {participants:,} participants{counted}")
    faults = {
        f"slower than {_LIMIT_SECONDS:.0f} s": run.seconds > _LIMIT_SECONDS,
        f"more than {_LIMIT_MEGABYTES:.0f} MB": run.megabytes > _LIMIT_MEGABYTES,
        f"{rows} rows for {expected} answered fields": rows is not None and rows != expected,
    }
    for fault in (text for text, is_so in faults.items() if is_so):
        console.warn(fault)
    return any(faults.values())


if __name__ == "__main__":
    sys.exit(main())
