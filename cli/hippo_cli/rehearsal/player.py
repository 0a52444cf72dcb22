"""Plays a game at random, as a participant's browser does: over one WebSocket, until `done`.

It speaks what the participant page speaks (docs/participant-protocol.md): the controls of `UI`, and
from newer servers `keys`, `inputs` and binary frames.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect

from hippo_cli.rehearsal import forms
from hippo_common.reading import json_value

_SPEAKS: Final = ["keys", "inputs", "binary"]
_MOVES: Final = {
    "left": "ArrowLeft",
    "right": "ArrowRight",
    "up": "ArrowUp",
    "down": "ArrowDown",
    "fire": " ",
}
_JUDGEMENTS: Final = ("good", "bad")
_CONNECT_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 2.0
_QUIET_SECONDS: Final = 1.0
"""After such a pause of the server the player presses something: a game may wait for its turn."""

_SILENT_SECONDS: Final = 15.0
"""After such a pause, with presses, the game does not answer."""

_STOP_SECONDS: Final = 15.0
_PRESSES: Final = 0.25  # the share of frames at which the player presses or releases a key


class GameError(Exception):
    """The game could not be played; the message says why."""


@dataclass
class Play:
    """What happened in one game.

    Attributes:
        frames: pictures received.
        presses: keys and inputs sent.
        seconds: from the first picture to the last one.
        done: the server said `done`.
        stopped: the game was still on when the time was up, and was stopped.
    """

    frames: int = 0
    presses: int = 0
    seconds: float = 0.0
    done: bool = False
    stopped: bool = False
    pauses: list[float] = field(default_factory=list)

    @property
    def fps(self) -> float | None:
        """Median frames per second; None with too few frames."""
        return 1 / statistics.median(self.pauses) if len(self.pauses) > 10 and statistics.median(self.pauses) else None


def play(
    address: str,
    user_id: str,
    project_id: str,
    *,
    seconds: float,
    chance: random.Random,
    clock: Callable[[], float] = time.monotonic,
    token: str | None = None,
) -> Play:
    """Play one game.

    Args:
        address: of the server, ws:// or wss://.
        user_id: the participant.
        project_id: the study.
        seconds: after these the player presses Stop, or leaves.
        chance: decides what is pressed.
        clock: seconds that only grow.
        token: of the session, from `/next`; None: the answer had none.

    Raises:
        GameError: the server cannot be reached, shows no picture, stops answering, or closes the
            connection with an error.
    """
    options: dict[str, Any] = {"open_timeout": _CONNECT_SECONDS, "close_timeout": _CLOSE_SECONDS, "max_size": None}
    if "://127." in address or "://localhost" in address:
        options["proxy"] = None
    played = Play()
    try:
        with connect(address, **options) as connection:
            hello = {} if token is None else {"token": token}
            _Game(connection, played, user_id, project_id, seconds, chance, clock).run(hello)
    except (OSError, InvalidHandshake, InvalidURI) as error:
        raise GameError(f"the game server {address} cannot be reached: {error}") from error
    if not played.frames:
        raise GameError("the game showed no picture")
    return played


class _Game:
    """One connection."""

    def __init__(
        self,
        connection: ClientConnection,
        played: Play,
        user_id: str,
        project_id: str,
        seconds: float,
        chance: random.Random,
        clock: Callable[[], float],
    ) -> None:
        self._connection, self._played = connection, played
        self._who = {"userId": user_id, "projectId": project_id, "sendTo": "backend"}
        self._clock, self._chance = clock, chance
        self._end = clock() + seconds
        self._heard_at = self._last_frame_at = clock()
        self._controls: list[str] = []
        self._keys: list[list[str]] = []
        self._labels: list[str] = []
        self._inputs: list[dict[str, Any]] = []
        self._held: list[str] = []
        self._frame_id: Any = 0

    def run(self, hello: dict[str, Any]) -> None:
        try:
            self._send(action="start", speaks=_SPEAKS, **hello)
            while not self._played.done and self._goes_on():
                self._wait()
        except ConnectionClosed as closed:
            self._hear_the_rest()
            if self._played.done:
                return
            code = closed.rcvd.code if closed.rcvd else 1006
            if code not in (1000, 1001):
                raise GameError(f"the game closed the connection with code {code}") from closed

    def _hear_the_rest(self) -> None:
        """Read what arrived before the connection was closed: `done` may be in it."""
        try:
            while True:
                self._hear(self._connection.recv(timeout=0), answers=False)
        except (ConnectionClosed, TimeoutError):
            return

    def _goes_on(self) -> bool:
        """Return whether to go on; after the time press Stop, and some seconds later leave."""
        late = self._clock() - self._end
        if self._played.stopped or late < 0:
            return late < 0
        self._played.stopped = True
        if "stop" not in self._controls:
            return False
        self._command("stop")
        self._end += late + _STOP_SECONDS
        return True

    def _wait(self) -> None:
        try:
            message = self._connection.recv(timeout=_QUIET_SECONDS)
        except TimeoutError:
            self._press_something()
            return
        self._hear(message)

    def _press_something(self) -> None:
        """Press Start or a key: a round may wait for Start, a game for its turn."""
        if self._clock() - self._heard_at > _SILENT_SECONDS:
            raise GameError(f"the game did not answer for {_SILENT_SECONDS:.0f} seconds")
        if "start" in self._controls:
            self._command("start")
        self._change_keys()

    def _hear(self, message: str | bytes, *, answers: bool = True) -> None:
        self._heard_at = self._clock()
        if isinstance(message, bytes):
            self._saw_frame(int.from_bytes(message[:4], "big"), answers=answers)
            return
        heard = _read(message)
        if heard.get("message") == "done":
            self._played.done = True
            return
        if isinstance(heard.get("inputs"), list):
            self._inputs = [each for each in heard["inputs"] if isinstance(each, dict)]
        if isinstance(heard.get("keys"), list):
            self._keys = [each["keys"] for each in heard["keys"] if isinstance(each, dict) and each.get("keys")]
        if isinstance(heard.get("UI"), list):
            first = not self._controls
            self._controls = [str(name) for name in heard["UI"]]
            if first and answers and "start" in self._controls:
                self._command("start")
        picture = heard if "frame" in heard else heard.get("env") or {}
        if isinstance(picture, dict) and "frame" in picture:
            self._saw_frame(picture.get("frameId", self._frame_id), answers=answers)

    def _saw_frame(self, frame_id: Any, *, answers: bool) -> None:
        now = self._clock()
        if self._played.frames:
            self._played.pauses.append(now - self._last_frame_at)
            self._played.seconds += now - self._last_frame_at
        self._played.frames += 1
        self._last_frame_at, self._frame_id = now, frame_id
        if answers and not self._played.stopped and self._chance.random() < _PRESSES:
            self._chance.choice([self._change_keys, self._judge])()

    def _change_keys(self) -> None:
        """Release what is held, and press another key."""
        for key in self._held:
            self._key(key, down=False)
        combinations = self._keys or [[key] for name, key in _MOVES.items() if name in self._controls]
        self._held = list(self._chance.choice(combinations)) if combinations else []
        for key in self._held:
            self._key(key, down=True)

    def _judge(self) -> None:
        judgements = [name for name in _JUDGEMENTS if name in self._controls]
        if self._inputs:
            chosen = self._chance.choice(self._inputs)
            self._send(action="command", input=chosen.get("name"), value=_value(chosen, self._chance))
            self._played.presses += 1
        elif judgements:
            self._command(self._chance.choice(judgements))
            self._played.presses += 1

    def _key(self, key: str, *, down: bool) -> None:
        name = next((name for name, each in _MOVES.items() if each == key), None)
        event = {"KEYDOWN": [key, ord(key[0])]} if down else {"KEYUP": [key]}
        old_form = name if down and name is not None else "noop"
        action = "command" if self._keys else old_form
        self._send(action=action, KeyboardEvent=event, **({"actionType": f"{name}Arrow"} if down and name else {}))
        self._played.presses += down

    def _command(self, name: str) -> None:
        self._send(action="command", command=name)

    def _send(self, **words: Any) -> None:
        message = {**words, **self._who, "frameCount": self._played.frames, "frameId": self._frame_id}
        self._connection.send(json.dumps(message))


def _read(text: str) -> dict[str, Any]:
    if text == "done":
        return {"message": "done"}
    try:
        found = json_value(text)
    except ValueError:
        return {}
    return {"message": "done"} if found == "done" else found if isinstance(found, dict) else {}


def _value(asked: dict[str, Any], chance: random.Random) -> Any:
    """Return an answer to one of the server's `inputs`."""
    kind = asked.get("kind")
    if kind == "scale":
        least, most = float(asked.get("least", asked.get("min", -1))), float(asked.get("most", asked.get("max", 1)))
        step = float(asked.get("step") or 1)
        return least + step * chance.randint(0, max(0, int((most - least) / step)))
    if kind == "click":
        return {"x": chance.random(), "y": chance.random()}
    if kind == "text":
        return forms.SENTENCE
    return chance.choice(list(_choices(asked)) or [1, -1])


def _choices(asked: dict[str, Any]) -> Iterator[Any]:
    for choice in asked.get("choices", asked.get("options", ())):
        yield choice.get("value", choice.get("label")) if isinstance(choice, dict) else choice
