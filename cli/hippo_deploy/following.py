"""Runs a long program: its output goes to a file, and from there to this terminal.

The program has a session of its own and never writes into a pipe. If this command is killed, or its terminal closes,
terraform finishes, saves the state, and the file shows how it ended. A pipe would kill it at its next line (SIGPIPE),
and the state would lose what it is making. Ctrl-C is passed on to it.
"""

from __future__ import annotations

import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_POLL_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Ended:
    """A program that has ended: its exit code, its standard error, and whether Ctrl-C interrupted it."""

    code: int
    errors: str
    interrupted: bool


def follow(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    show: Callable[[str], None],
    poll_seconds: float = _POLL_SECONDS,
) -> Ended:
    """Run a program to its end and show each line of its standard output as it comes.

    Ctrl-C and SIGTERM are passed on as SIGINT; this command waits until the program has ended by itself.

    Args:
        command: the program and its arguments.
        environment: its environment variables.
        log: the file for its standard output, written again.
        show: receives each line, without the line's end.
        poll_seconds: the time between two looks at the file.
    """
    log.unlink(missing_ok=True)
    log.touch(mode=0o600)
    interrupts = _Interrupts()
    with (
        log.open("w", encoding="utf-8") as written,
        log.open(encoding="utf-8", errors="replace") as read,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        _handling(interrupts),
    ):
        process = subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=errors,
            start_new_session=True,
        )
        interrupts.pass_on_to(process)
        begun = ""
        while True:
            code = _ended(process, poll_seconds)
            *lines, begun = (begun + read.read()).split("\n")
            for line in lines:
                show(line)
            if code is not None:
                break
        if begun:
            show(begun)
        errors.seek(0)
        return Ended(code, errors.read(), interrupts.noted)


def without_outputs(show: Callable[[str], None]) -> Callable[[str], None]:
    """Return a receiver that passes on the lines of `terraform apply`, except the outputs at its end."""
    complete = ended = False

    def receive(line: str) -> None:
        nonlocal complete, ended
        complete = complete or line.startswith("Apply complete!")
        ended = ended or (complete and line == "Outputs:")
        if not ended:
            show(line)

    return receive


def _ended(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


class _Interrupts:
    """Notes signals that ask this command to end, and passes them on to the program."""

    def __init__(self) -> None:
        self.noted = False
        self._process: subprocess.Popen[bytes] | None = None

    def pass_on_to(self, process: subprocess.Popen[bytes]) -> None:
        """Set the program, which gets an earlier signal now."""
        self._process = process
        if self.noted:
            process.send_signal(signal.SIGINT)

    def handle(self, *_: object) -> None:
        """Handle a signal."""
        self.noted = True
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)


@contextmanager
def _handling(interrupts: _Interrupts) -> Iterator[None]:
    """Handle Ctrl-C and SIGTERM while the block runs; only a main thread can change signal handlers."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupts.handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
