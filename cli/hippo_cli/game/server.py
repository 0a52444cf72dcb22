"""One game server: a child process that serves a study's game on this machine."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
_READY: Final = re.compile(r"ready on wss?://\S+")
"""hippo_play prints it when it listens."""

_SECONDS_TO_END: Final = 5.0
"""hippo_play saves and exits on SIGTERM; afterwards it is killed."""


@contextmanager
def ending_on_sigterm() -> Iterator[None]:
    """Treat SIGTERM as Ctrl-C while the block runs, so that its game servers end with it."""

    def end(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class State(StrEnum):
    """The state of a game server."""

    STARTING = "starting"
    READY = "ready"
    OVER = "over"
    FAILED = "failed"


def free_port() -> int:
    """Return a port of this machine that no program uses."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class GameServer:
    """A game server, from its start to its end. Thread-safe.

    Attributes:
        port: that it listens on.
        lines: what it has printed.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        port: int,
        on_line: Callable[[str], None],
        on_state: Callable[[], None],
    ) -> None:
        """Start the process.

        Args:
            command: the program and its arguments.
            folder: its working directory.
            environment: its environment variables.
            port: that the arguments name.
            on_line: called with each line that it prints, by another thread.
            on_state: called after each change of the state, by another thread.
        """
        self.port = port
        self.lines: list[str] = []
        self._on_line, self._on_state = on_line, on_state
        self._condition = threading.Condition()
        self._state, self._ending = State.STARTING, False
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C ends the preview, which then ends its servers
        )
        self._reader = threading.Thread(target=self._read, name=f"game-{port}", daemon=True)
        self._reader.start()

    @property
    def state(self) -> State:
        """Its state now."""
        with self._condition:
            return self._state

    def wait_until_started(self, seconds: float) -> State:
        """Wait until it listens or has ended; return its state, STARTING if the time is up."""
        with self._condition:
            self._condition.wait_for(lambda: self._state is not State.STARTING, seconds)
            return self._state

    def end(self) -> None:
        """End the process, and wait until it has ended. It may have ended before."""
        with self._condition:
            self._ending = True
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(_SECONDS_TO_END)

    def _read(self) -> None:
        output = self._process.stdout
        if output is not None:
            with output:
                for line in output:
                    self._heard(line.rstrip("\n"))
        status = self._process.wait()
        with self._condition:
            finished = self._ending or (status == 0 and self._state is State.READY)
            self._state = State.OVER if finished else State.FAILED
            self._condition.notify_all()
        self._on_state()

    def _heard(self, line: str) -> None:
        self.lines.append(line)
        self._on_line(line)
        if _READY.search(line):
            with self._condition:
                if self._state is State.STARTING:
                    self._state = State.READY
                    self._condition.notify_all()
            self._on_state()
