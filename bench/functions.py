"""Measures the CPU time and memory of the functions (`make bench-functions`).

Lambda gives a function memory / 1,769 MB of a vCPU (AWS Lambda developer guide, "Configure Lambda
function memory"). So this program measures CPU seconds, which hardly depend on other processes, and
divides them by that share.

 start     imports, clients and validators of each function: CPU seconds, and the memory after them
 sweep     one sweep by a cold and a warm sweeper, in both cluster modes
 calls     AWS calls of a session in the simulation, times the CPU seconds of one call

The functions call a fake AWS with fixed answers on loopback (canned_aws.py), without TLS.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.canned_aws import SHARED
from bench.step import environment

REPOSITORY: Final = Path(__file__).resolve().parents[1]
FUNCTIONS: Final = (
    "next_step",
    "start_server",
    "stop_server",
    "send_start_server_message",
    "send_stop_server_message",
    "update_project_master_list",
    "issue_upload_ticket",
    "sweep_sessions",
)
_MB_OF_A_VCPU: Final = 1769
_SIZES: Final = (256, 512, 1024, 1769)


@dataclass(frozen=True)
class Measured:
    """The use of a process: CPU seconds by name of the work, and its maximal memory in MB."""

    seconds: dict[str, float]
    megabytes: float


def _environment(endpoint: str, mode: str) -> dict[str, str]:
    shared = {"SHARED_CLUSTER": SHARED} if mode == "shared" else {}
    return environment(endpoint) | {"LOG_LEVEL": "ERROR"} | shared


@contextmanager
def canned_aws(sessions: int, mode: str) -> Iterator[str]:
    """Run the fake AWS; yield its address."""
    command = [sys.executable, "-m", "bench.canned_aws", str(sessions), mode]
    environment = _environment("", mode)
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None  # noqa: S101 - opened with PIPE
        assert process.stdout is not None  # noqa: S101 - opened with PIPE
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.stdin.close()


def measured_child(work: str, endpoint: str = "http://127.0.0.1:9", mode: str = "per-session") -> Measured:
    """Measure some work in a separate process."""
    command = [sys.executable, "-m", "bench.functions", "--child", work]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=_environment(endpoint, mode), check=True, stdout=subprocess.PIPE, text=True
    )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _in_child(work: str) -> Measured:
    seconds: dict[str, float] = {}
    if work == "sweep":
        from hippo_gym.runtime import settings
        from hippo_gym.wiring import session_functions

        sweeping = session_functions.sweeping(settings.load(settings.SweepSessionsSettings))
        for name in ("cold", "warm"):
            began = time.process_time()
            report = sweeping.sweep(lambda: 1e6)
            seconds[name] = time.process_time() - began
            seconds["ready"] = report.sessions.get("ready", 0)
    else:
        __import__(work)
        seconds["start"] = time.process_time()
    return Measured(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _calls_of_a_life() -> dict[str, int]:
    """Count the AWS calls of a start and a stop, by function, in the simulation."""
    from tests.support.inputs import entry
    from tests.support.simulated_world.simulation import SimulatedWorld

    calls: Counter[str] = Counter()
    simulation = SimulatedWorld(1)
    simulation.register(entry())
    simulation.lambdas.ended.append(lambda process: calls.update({process.function or "": process.calls}))
    session = "20261122-0f3c5d7e9a1b2c4d"
    simulation.start("ada", session)
    simulation.run(150.0)
    simulation.stop("ada", session)
    simulation.run(100.0)
    return {name: calls[name] for name in ("start_server", "stop_server")}


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _at_sizes(seconds: float) -> str:
    return ", ".join(f"{size} MB {seconds * max(1.0, _MB_OF_A_VCPU / size):.1f} s" for size in _SIZES)


def _measure(sessions: int) -> None:
    _print("start of a process (Lambda's init phase has a whole CPU with any memory size)")
    for name in FUNCTIONS:
        found = measured_child(name)
        _print(f"  {name}: {found.seconds['start']:.2f} CPU s, {found.megabytes:.0f} MB")
    each = 0.0
    for mode in ("per-session", "shared"):
        for number in (0, sessions):
            with canned_aws(number, mode) as endpoint:
                found = measured_child("sweep", endpoint, mode)
            _print(f"sweep of {number} ready sessions, clusters {mode}, {found.megabytes:.0f} MB")
            for name in ("cold", "warm"):
                _print(f"  {name}: {found.seconds[name]:.2f} CPU s; with {_at_sizes(found.seconds[name])}")
            if number and mode == "per-session":
                each = found.seconds["warm"] / number
    _print(f"calls to AWS, at {each * 1000:.1f} CPU ms each")
    for name, calls in _calls_of_a_life().items():
        _print(f"  {name}: {calls} calls; with {_at_sizes(calls * each)}")


def main() -> None:
    """Measure, or run as one of the measured processes."""
    parser = argparse.ArgumentParser(prog="python -m bench.functions", description="CPU and memory of the functions")
    parser.add_argument("--sessions", type=int, default=1000, help="number of ready sessions in a sweep")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    chosen: Any = parser.parse_args()
    if chosen.child:
        measured = _in_child(chosen.child)
        _print(json.dumps({"seconds": measured.seconds, "megabytes": measured.megabytes}))
    else:
        sys.path.insert(0, str(REPOSITORY / "handlers"))
        _measure(chosen.sessions)


if __name__ == "__main__":
    main()
