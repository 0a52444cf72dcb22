"""Starts processes, recognises them, and ends those that an earlier run left behind.

Every process of the local cloud, and each of its children, has MARKER with the state folder in its
environment. Only processes with this marker are ended; a process id proves nothing, because the
system reuses ids.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.places import LOOPBACK, MARKER, REPOSITORY, clean_environment

_PROC = Path("/proc")
_CHILD = Path(__file__).resolve().parent / "child.py"
_PATIENCE = 5.0  # seconds between SIGTERM and SIGKILL


@dataclass(frozen=True)
class Process:
    """A process id and start time, which together identify one process on a machine."""

    pid: int
    started: str


def free_ports(count: int) -> list[int]:
    """Return different loopback ports on which no process listens now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind((LOOPBACK, 0))
        return [listener.getsockname()[1] for listener in sockets]


def spawn(
    arguments: Sequence[str], environment: Mapping[str, str], state_dir: Path, log: Path, *, ephemeral: bool
) -> Process:
    """Start `python <arguments>` in the background; an `ephemeral` one dies with this process."""
    launcher = ["-I", "-S", str(_CHILD), str(os.getpid()), sys.executable] if ephemeral else []
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, *launcher, *arguments],
            cwd=REPOSITORY,
            env={**clean_environment(), **environment, MARKER: str(state_dir)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process = Process(child.pid, _started(child.pid))
    child.returncode = 0  # the process may outlive this program, which never waits for it: keeps Popen from warning
    return process


def is_running(process: Process) -> bool:
    """Return whether exactly this process still runs (a zombie does not)."""
    return _started(process.pid) == process.started != ""


def end_all(state_dir: Path) -> int:
    """End every process of the cloud in `state_dir`: SIGTERM, then SIGKILL; return their number."""
    found = _marked(state_dir)
    for pid in found:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while (left := _marked(state_dir)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        _signal(pid, signal.SIGKILL)
    while _marked(state_dir) and time.monotonic() < deadline + _PATIENCE:
        time.sleep(0.05)
    for pid in found:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    return len(found)


def _marked(state_dir: Path) -> list[int]:
    """Return ids of running processes with our marker, except this process and its ancestors."""
    proof = f"{MARKER}={state_dir}".encode()
    spared = _ancestors()
    found = []
    for folder in _PROC.glob("[0-9]*"):
        pid = int(folder.name)
        with contextlib.suppress(OSError):
            ours = proof in (folder / "environ").read_bytes().split(b"\0")
            if ours and pid not in spared and _started(pid):
                found.append(pid)
    return found


def _ancestors() -> set[int]:
    spared, pid = set(), os.getpid()
    while pid > 1:
        spared.add(pid)
        pid = int(_stat(pid)[1])
    return spared


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat after the command's name, which may hold spaces."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _started(pid: int) -> str:
    """Return the start time in clock ticks since boot; empty for a zombie or no process."""
    try:
        fields = _stat(pid)
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
