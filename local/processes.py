"""Starting processes, knowing them again, and removing those that a former run left behind.

Every process of the local cloud carries MARKER with its state folder in its environment, and so do its children. A
process is ended only on that proof; a process id alone proves nothing, since the system gives ids out again.
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
    """A process and when it started, which together name it for ever on one machine."""

    pid: int
    started: str


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on just now; all different."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind((LOOPBACK, 0))
        return [listener.getsockname()[1] for listener in sockets]


def spawn(
    arguments: Sequence[str], environment: Mapping[str, str], state_dir: Path, log: Path, *, ephemeral: bool
) -> Process:
    """Start `python <arguments>` in the background, output to `log`; an ephemeral one dies with this process."""
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
    child.returncode = 0  # it may outlive this program, so nobody waits for it, and Popen need not warn of that
    return process


def is_running(process: Process) -> bool:
    """Whether this very process still runs (a zombie does not)."""
    return _started(process.pid) == process.started != ""


def end_all(state_dir: Path) -> int:
    """End every process of the local cloud in `state_dir`, first politely; returns how many there were."""
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
    """Ids of live processes whose environment carries our marker, but for this one and its ancestors."""
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
    """The fields of /proc/<pid>/stat from the state on (the command's name before it may hold spaces)."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _started(pid: int) -> str:
    """Start time in clock ticks since boot; empty when there is no such process, or only its zombie."""
    try:
        fields = _stat(pid)
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
