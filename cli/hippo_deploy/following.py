"""Runs a long program: its output goes to a file, and from there to this terminal.

The program never writes into a pipe. If this command is killed, the next line into a pipe would kill the program as
well (SIGPIPE), and terraform would lose what it is making. With a file it finishes, saves the state, and the file shows
how it ended.
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

    Ctrl-C reaches the program, which shares this terminal; this command waits until the program has ended by itself.

    Args:
        command: the program and its arguments.
        environment: its environment variables.
        log: the file for its standard output, written again.
        show: receives each line, without the line's end.
        poll_seconds: the time between two looks at the file.
    """
    log.unlink(missing_ok=True)
    log.touch(mode=0o600)
    interrupted = threading.Event()
    with (
        log.open("w", encoding="utf-8") as written,
        log.open(encoding="utf-8", errors="replace") as read,
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        _noting_interrupts(interrupted),
    ):
        process = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=written, stderr=errors
        )
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
        return Ended(code, errors.read(), interrupted.is_set())


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


@contextmanager
def _noting_interrupts(noted: threading.Event) -> Iterator[None]:
    """Note Ctrl-C instead of raising KeyboardInterrupt; only a main thread can change signal handlers."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: noted.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
