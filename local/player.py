"""Plays a game as a participant: opens the WebSocket, presses some controls, stays until `done`.

Implements both dialects of the game connection's protocol (docs/participant-protocol.md) and no
rule of any game, so it can play on any study's server: it presses only controls in the server's
`UI` list, and finally `stop`, if the list has it.
"""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

_CONNECT_SECONDS = 5.0
_GAME_SECONDS = 60.0
_INPUTS = 12
"""How many controls are pressed before `stop`."""

_WANTED = ("right", "good", "down", "bad", "left", "up")
_KEYS = {"left": "ArrowLeft", "right": "ArrowRight", "up": "ArrowUp", "down": "ArrowDown"}


class GameError(Exception):
    """The server could not be reached, or the game did not go as the protocol says."""


class Dialect(StrEnum):
    """The dialect of the protocol that the client uses."""

    OLD = "to 2023"
    NEW = "since 2023"


@dataclass
class Play:
    """The record of one game."""

    server: str
    """`address:port`."""
    sent: int = 0
    received: int = 0
    frames: int = 0
    done: bool = False
    """The server said `done`."""
    controls: tuple[str, ...] = ()
    display: dict[str, Any] = field(default_factory=dict)
    """The last figures that the server showed."""
    certificate: Mapping[str, Any] | None = None
    """The server's certificate, as `ssl.SSLSocket.getpeercert` returns it; None without TLS."""


@dataclass(frozen=True)
class Seat:
    """The participant, and the server to play on."""

    address: str
    """IPv4 address that the host of `url` points to."""
    url: str
    """What a browser would open, such as `wss://anna.hippo.test:5000`."""
    user_id: str
    project_id: str
    port: int = 5000
    dialect: Dialect = Dialect.NEW
    tls: ssl.SSLContext | None = None
    """What the client trusts, for `wss://`."""


def play(seat: Seat, on_connected: Callable[[], None] = lambda: None) -> Play:
    """Play one game, from the hello to `done`.

    Args:
        seat: the participant and the server.
        on_connected: called once the server has shown its controls, before the first press.

    Raises:
        GameError: no server answers, the server shows nothing, or the game does not end within a
            minute.
    """
    played = Play(server=f"{seat.address}:{seat.port}")
    try:
        # Connect to the address in the zone: this machine's resolver does not know the zone.
        with (
            socket.create_connection((seat.address, seat.port), timeout=_CONNECT_SECONDS) as link,
            connect(seat.url, sock=link, ssl=seat.tls, open_timeout=_CONNECT_SECONDS, proxy=None) as connection,
        ):
            if isinstance(connection.socket, ssl.SSLSocket):
                played.certificate = connection.socket.getpeercert()
            _Game(connection, seat, played).run(on_connected)
    except (OSError, InvalidHandshake) as error:
        raise GameError(f"{played.server} ({seat.url}) does not answer as a game server: {error}") from error
    if not played.controls or not played.frames:
        raise GameError(f"{played.server} showed {len(played.controls)} controls and {played.frames} frames")
    return played


class _Game:
    """One connection's conversation."""

    def __init__(self, connection: ClientConnection, seat: Seat, played: Play) -> None:
        self._connection = connection
        self._seat = seat
        self._played = played
        self._frame_id = 0

    def run(self, on_connected: Callable[[], None]) -> None:
        deadline = time.monotonic() + _GAME_SECONDS
        inputs: Iterator[dict[str, Any]] | None = None
        try:
            self._send(self._hello())
            while not self._played.done:
                message = self._receive(deadline - time.monotonic())
                if "UI" in message and inputs is None:
                    self._played.controls = tuple(message["UI"])
                    on_connected()
                    inputs = self._inputs()
                    self._send(next(inputs))
                elif self._took_frame(message) and inputs is not None:
                    following = next(inputs, None)
                    if following is not None:
                        self._send(following)
                    elif "stop" not in self._played.controls:
                        return  # a closed socket ends the game too
        except ConnectionClosed:
            return  # as does a connection that the server closes
        except TimeoutError as error:
            raise GameError(f"{self._played.server} did not end the game within {_GAME_SECONDS:g} s") from error

    def _receive(self, seconds: float) -> dict[str, Any]:
        text = self._connection.recv(timeout=max(0.0, seconds))
        self._played.received += 1
        message = {"message": "done"} if text == "done" else json.loads(text)
        if message.get("message") == "done":
            self._played.done = True
        return dict(message)

    def _took_frame(self, message: dict[str, Any]) -> bool:
        picture = message if "frame" in message else message.get("env", {})
        self._played.display = message.get("display", self._played.display)
        if "frame" not in picture:
            return False
        self._played.frames += 1
        self._frame_id = picture.get("frameId", self._frame_id)
        return True

    def _send(self, message: dict[str, Any]) -> None:
        if self._seat.dialect is Dialect.NEW:
            message = {**message, "userId": self._seat.user_id, "sendTo": "backend"}
        else:
            message = {**message, "frameCount": self._played.frames, "frameId": self._frame_id}
        self._connection.send(json.dumps(message))
        self._played.sent += 1

    def _hello(self) -> dict[str, Any]:
        who = {"userId": self._seat.user_id, "projectId": self._seat.project_id}
        return {"action": "start", **who} if self._seat.dialect is Dialect.NEW else who

    def _inputs(self) -> Iterator[dict[str, Any]]:
        """Press start, then one of the shown controls for each frame, then stop."""
        shown = self._played.controls
        yield self._command("start")
        if "fpsUp" in shown or "fpsSet" in shown:
            yield {"changeFrameRate": 10}
        wanted = itertools.cycle([control for control in _WANTED if control in shown] or ["start"])
        for control in itertools.islice(wanted, _INPUTS):
            if control in _KEYS:
                yield self._key(control, down=True)
                yield self._key(control, down=False)
            else:
                yield self._command(control)
        if "stop" in shown:
            yield self._command("stop")

    def _command(self, name: str) -> dict[str, Any]:
        if self._seat.dialect is Dialect.NEW:
            return {"action": "command", "command": name}
        if name == "start":
            return {
                "command": name,
                "system": "Linux",
                "systemVersion": "",
                "browser": "demo",
                "browserVersion": "1",
            }
        return {"command": name}

    def _key(self, direction: str, *, down: bool) -> dict[str, Any]:
        if self._seat.dialect is Dialect.OLD:
            return {"action": direction if down else "noop", "actionType": f"{direction}Arrow"}
        key = _KEYS[direction]
        event = {"KEYDOWN": [key, ord(key[0])]} if down else {"KEYUP": [key]}
        return {"action": "command", "KeyboardEvent": event}
