"""The game servers of a preview: one for each participant, as on AWS.

A server starts with a participant's session and ends with it. One that a participant has played to
its end starts again when they return to the game; all start again when a file of the game is saved.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

from hippo_cli.game import files, missing, python
from hippo_cli.game.missing import Reason
from hippo_cli.game.python import Python
from hippo_cli.game.server import HOST, GameServer, State, free_port

_KEPT_LINES: Final = 2000
_SECONDS_TO_START: Final = 25.0
"""A request to `/next` waits so long for the game; the participant's page waits for 30 seconds."""


@dataclass
class _Place:
    """A participant's game.

    Attributes:
        port: the same for all servers of a participant, so that an open page finds the next one.
        server: the present one, or the last one.
    """

    port: int
    variables: Mapping[str, str]
    server: GameServer | None = None
    log: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))


class PreviewGames:
    """The game servers of the participants of one preview. Thread-safe."""

    def __init__(
        self,
        config: Path,
        choose: Callable[[], Python],
        *,
        on_change: Callable[[], None] = lambda: None,
        on_line: Callable[[str], None] = lambda line: None,
        command: Callable[[Path, int], list[str]] | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            config: the study's config.yml.
            choose: returns the Python to run the game in, at each start.
            on_change: called after each line and each change of a state, by another thread.
            on_line: called with each line of each game, by another thread.
            command: config.yml, port → the command of a game server; None: hippo_play.
        """
        self._config = config.resolve()
        self._choose = choose
        self._on_change, self._on_line = on_change, on_line
        self._command = command or self._play
        self._lock = threading.RLock()
        self._places: dict[str, _Place] = {}
        self._numbers, self._starts = count(1), count(1)
        self._closed = False

    def start(self, user_id: str, variables: Mapping[str, str]) -> None:
        """Start a participant's server, unless it runs.

        Args:
            user_id: the participant.
            variables: the environment variables that the container gets on AWS.
        """
        with self._lock:
            place = self._places.get(user_id)
            if place is None:
                place = self._places[user_id] = _Place(free_port(), variables)
            place.variables = variables
            if place.server is None or place.server.state is State.OVER:
                self._run(user_id, place)

    def address(self, user_id: str, seconds: float = _SECONDS_TO_START) -> tuple[str, int] | Reason:
        """Wait until a participant's server listens; return host and port, or why it does not run.

        A server that was played to its end starts again.
        """
        with self._lock:
            place = self._places.get(user_id)
            if place is None or self._closed:
                return Reason("The game has no server.", "Press Start over.")
            if place.server is None or place.server.state is State.OVER:
                self._run(user_id, place)
            server = place.server
        if server is not None and server.wait_until_started(seconds) is State.FAILED:
            return self._reason(server)
        return HOST, place.port

    def restart(self, user_id: str | None = None) -> None:
        """Start the servers again that run or have failed: after a file was saved.

        Args:
            user_id: only this participant's; None: all.
        """
        with self._lock:
            for name, place in self._places.items():
                if user_id not in (None, name) or place.server is None:
                    continue
                if user_id is not None or place.server.state is not State.OVER:
                    place.server.end()
                    self._run(name, place)

    def end(self, user_id: str) -> None:
        """End a participant's server."""
        with self._lock:
            place = self._places.get(user_id)
            if place is not None and place.server is not None:
                place.server.end()

    def close(self) -> None:
        """End all servers; no other starts."""
        with self._lock:
            self._closed = True
            for place in self._places.values():
                if place.server is not None:
                    place.server.end()

    def state(self, user_id: str, after: int = 0) -> dict[str, Any]:
        """Return a participant's game for the bar: `state`, `reason`, and `log`, its lines.

        Args:
            user_id: the participant.
            after: the number of the last line that the bar has.
        """
        with self._lock:
            place = self._places.get(user_id)
            if place is None or place.server is None:
                return {"state": "none", "reason": None, "log": [], "last": 0}
            server, lines = place.server, list(place.log)
        state = server.state
        reason = self._reason(server) if state is State.FAILED else None
        return {
            "state": state.value,
            "reason": reason and {"what": reason.what, "fix": reason.fix},
            "log": [line for number, line in lines if number > after],
            "last": lines[-1][0] if lines else 0,
        }

    def _run(self, user_id: str, place: _Place) -> None:
        if self._closed:
            return
        folder = self._config.parent
        # hippo_play continues a participant's game where its record ended: a new record starts a new game.
        record = (
            files.private(folder) / "trials" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{place.port}-{next(self._starts)}"
        )

        def heard(line: str) -> None:
            place.log.append((next(self._numbers), line))
            self._on_line(line)
            self._on_change()

        if place.log:
            place.log.append((next(self._numbers), "— started again —"))
        place.server = GameServer(
            self._command(self._config, place.port),
            folder=folder,
            environment=python.environment({**place.variables, "HIPPO_TRIALS": str(record)}),
            port=place.port,
            on_line=heard,
            on_state=self._on_change,
        )

    def _play(self, config: Path, port: int) -> list[str]:
        return python.play_command(self._choose(), config, "--port", str(port), "--host", HOST)

    def _reason(self, server: GameServer) -> Reason:
        return missing.explain(server.lines, self._choose(), self._config.parent)
