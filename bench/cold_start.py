"""Measures the cold start of each function: a fresh interpreter, from import to the first answer.

The time is CPU time and the reference is `boto3` with one S3 client in a fresh interpreter of the
same run, both the minimum of several runs that alternate. The bundle holds no byte code, and Lambda
cannot write any beside it, so the functions' own modules are compiled in each run, and those of the
SDK, which the runtime brings with its byte code, are not.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bench.fake_s3 import Running, running
from bench.functions import FUNCTIONS
from bench.rows import Row, Setup, count, duration
from bench.step import REPOSITORY, Scenario, environment, fill

COMMAND: Final = "make bench BENCH_ARGS='--only cold'"
_MODULES: Final = "import json, sys; print(json.dumps(sorted(sys.modules)))"
_CPU: Final = "import time; print(time.process_time())"
_REFERENCE: Final = f"import boto3; boto3.client('s3'); {_CPU}"
_FIRST_ANSWER: Final = """
import io, json, sys, time
out, sys.stdout = sys.stdout, io.StringIO()
import next_step
from bench.context import Context
event = {
    "version": "2.0", "rawPath": "/next", "headers": {}, "body": None, "isBase64Encoded": False,
    "queryStringParameters": {"projectId": "study", "userId": "user-" + sys.argv[1]},
    "requestContext": {"http": {"method": "GET"}, "requestId": "request"},
}
answer = next_step.lambda_handler(event, Context())
assert answer["statusCode"] == 200 and "A page" in answer["body"], answer
print(time.process_time(), file=out)
"""


def _variables(address: str, bundle: Path) -> dict[str, str]:
    """Return the environment of a cold start: the unpacked bundle, whose byte code is never written."""
    return environment(address) | {
        "PYTHONPATH": f"{bundle}:{REPOSITORY}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SECURITY_GROUP": "sg-0123456789abcdef0",
        "SUBNET": "subnet-0123456789abcdef0",
        "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/scheduler",
        "MAX_RUNTIME": "60",
        "CACHE_SECONDS": "15",
        "LOG_LEVEL": "ERROR",
    }


def _run(code: str, variables: Mapping[str, str], *words: str, options: tuple[str, ...] = ()) -> tuple[str, str]:
    command = [sys.executable, *options, "-c", code, *words]
    done = subprocess.run(command, cwd=REPOSITORY, env=dict(variables), check=True, capture_output=True, text=True)
    return done.stdout, done.stderr


def _cpu_ms(code: str, variables: Mapping[str, str], *words: str) -> float:
    return float(_run(code, variables, *words)[0].splitlines()[-1]) * 1000


def unpack(folder: Path) -> Path:
    """Build the bundle for this interpreter and unpack it."""
    archive = folder / "bundle.zip"
    command = [sys.executable, "build.py", "--local", "--output", str(archive)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    unpacked = folder / "bundle"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(archive), str(unpacked)], check=True)
    return unpacked


def rows(setup: Setup) -> Iterator[Row]:
    """Yield the cold starts, the modules that each imports, and the largest shares of next_step's imports."""
    with tempfile.TemporaryDirectory() as name, running() as fake:
        bundle = unpack(Path(name))
        fill(fake, Scenario(1, 5, 1))
        fake.reset()
        variables = _variables(fake.address, bundle)
        yield from _counts(fake, variables)
        if not setup.counts_only:
            yield from _times(variables, setup.runs)
            yield from _shares(variables)


def _times(variables: Mapping[str, str], runs: int) -> Iterator[Row]:
    works = {name: f"import {name}; {_CPU}" for name in FUNCTIONS}
    best = dict.fromkeys(["reference", *works, "first answer"], float("inf"))
    for number in range(runs):
        best["reference"] = min(best["reference"], _cpu_ms(_REFERENCE, variables))
        for name, code in works.items():
            best[name] = min(best[name], _cpu_ms(code, variables))
        best["first answer"] = min(best["first answer"], _cpu_ms(_FIRST_ANSWER, variables, str(number)))
    reference = ("boto3 with one S3 client", best.pop("reference"))
    yield Row("cold start: boto3 with one S3 client", reference[1], "ms of CPU", "time", COMMAND)
    first = best.pop("first answer")
    for name, found in best.items():
        yield duration(f"cold start: {name}", found, "ms of CPU", COMMAND, reference)
    yield duration("cold start: next_step to its first answer", first, "ms of CPU", COMMAND, reference)


def _counts(fake: Running, variables: Mapping[str, str]) -> Iterator[Row]:
    fake.reset()
    _run(_FIRST_ANSWER, variables, "counted")
    yield count("cold start: AWS calls of the first answer", sum(fake.counts().calls.values()), "calls", COMMAND)
    for name in FUNCTIONS:
        modules = json.loads(_run(f"import {name}; {_MODULES}", variables)[0].splitlines()[-1])
        yield count(f"cold start: modules of {name}", len(modules), "modules", COMMAND)


def _shares(variables: Mapping[str, str]) -> Iterator[Row]:
    """Yield how many ms of next_step's imports each of its largest packages takes."""
    _, log = _run("import next_step", variables, options=("-X", "importtime"))
    total: dict[str, int] = {}
    for line in log.splitlines():
        if match := re.match(r"import time:\s+(\d+) \|\s+\d+ \| +([\w.]+)", line):
            package = match[2].partition(".")[0]
            total[package] = total.get(package, 0) + int(match[1])
    whole = sum(total.values()) / 1000
    for package, microseconds in sorted(total.items(), key=lambda each: -each[1])[:8]:
        yield duration(
            f"imports of next_step: {package}", microseconds / 1000, "ms", COMMAND, ("all its imports", whole)
        )
