"""The game connection's messages of all HIPPO Gym clients: JSON text over one WebSocket.

    read_hello   a client's first text → its participant and study
    read         each later text → the participant's inputs, and faults
    …_message    the server's messages

Clients before 2023 send a key's action in `action` (`noop` for a release) and the frame that they
show; clients since 2023 send the key in `KeyboardEvent`, and commands with `action: command`. A
message may have any mix of these; an input in two formats counts once. `read` raises for no
message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

DONE: Final = "done"
"""The end of the game: this bare text, not JSON. Every client knows it."""

KEYS: Final = ("left", "right")
COMMANDS: Final = ("start", "pause", "stop", "reset", "good", "bad")
CONTROLS: Final = (*KEYS, *COMMANDS, "fpsUp", "fpsDown")
"""Controls to show: the `UI` list. Clients send only keys whose action is listed."""

SLOWEST: Final = 1
FASTEST: Final = 90
"""Frames per second that a client may request."""

_CLIENT_DETAILS: Final = ("system", "systemVersion", "browser", "browserVersion")
_LONGEST_DETAIL: Final = 100
_LARGEST_FRAME_ID: Final = 2**53

Key = Literal["left", "right"]

_KEY_NAMES: Final[Mapping[str, Key]] = {"arrowleft": "left", "a": "left", "arrowright": "right", "d": "right"}


class ProtocolError(ValueError):
    """The client's first text names no participant and study; for the client's developer."""


@dataclass(frozen=True)
class Hello:
    """A client's participant and study."""

    user_id: str
    project_id: str


@dataclass(frozen=True)
class Press:
    """A key was pressed."""

    key: Key


@dataclass(frozen=True)
class Release:
    """A key was released. None: the client does not name it."""

    key: Key | None


@dataclass(frozen=True)
class Command:
    """One of `COMMANDS`.

    client: name and version of browser and system, sent with `start`.
    """

    name: str
    client: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FrameRate:
    """A request for another speed: a step up or down, or frames per second."""

    change: Literal["faster", "slower"] | int


Input = Press | Release | Command | FrameRate


@dataclass(frozen=True)
class Reading:
    """The content of a message.

    Attributes:
        inputs: the participant's inputs.
        faults: descriptions of invalid values.
        frame_id: the frame that the client showed, if it sends the id.
    """

    inputs: tuple[Input, ...] = ()
    faults: tuple[str, ...] = ()
    frame_id: int | None = None


def read_hello(text: str | bytes) -> Hello:
    """Read the first message of either generation.

    Raises:
        ProtocolError: the message does not name the participant and the study.
    """
    message = _object(text)
    if isinstance(message, str):
        raise ProtocolError(message)
    user_id, project_id = message.get("userId"), message.get("projectId")
    if not isinstance(user_id, str) or not isinstance(project_id, str) or not user_id or not project_id:
        raise ProtocolError("the first message must contain userId and projectId, both text")
    return Hello(user_id, project_id)


def read(text: str | bytes) -> Reading:
    """Read a later message. Unknown keys are no faults: clients send keys for other games."""
    message = _object(text)
    if isinstance(message, str):
        return Reading(faults=(message,))
    found = [*_command(message), *_frame_rate(message), *_movement(message)]
    return Reading(
        inputs=tuple(what for what in found if not isinstance(what, str)),
        faults=tuple(what for what in found if isinstance(what, str)),
        frame_id=_frame_id(message.get("frameId")),
    )


def welcome_message(instructions: Sequence[str], *, width: int, height: int) -> str:
    """Return the first message of a connection. Width and height are the picture's, in pixels."""
    return json.dumps(
        {
            "UI": CONTROLS,
            "Instructions": list(instructions),
            "gameWindowWidth": width,
            "gameWindowHeight": height,
            "gameWindowSize": "responsive",
        }
    )


def frame_message(picture: str, frame_id: int, display: Mapping[str, str | int], score: int) -> str:
    """Return a message with a picture and the figures beside it.

    Args:
        picture: base64 JPEG without prefix; sent under both keys, since a client reads one or the
            other. The connection's compression removes the cost of the second copy.
        frame_id: from 1: clients read 0 as "no frame".
        display: label → value.
        score: so far.
    """
    frame = {"frame": picture, "frameId": frame_id}
    return json.dumps({**frame, "env": frame, "display": dict(display), "Score": score})


def error_message(fault: str) -> str:
    """Return the answer to an invalid message. Clients ignore unknown keys."""
    return json.dumps({"error": fault})


def _object(text: str | bytes) -> Mapping[str, Any] | str:
    """Return the message, or a description of its fault."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return "a message must be JSON text"
    return message if isinstance(message, dict) else f"a message must be a JSON object, not {_shown(message)}"


def _command(message: Mapping[str, Any]) -> Iterator[Command | str]:
    name = message.get("command")
    if name in COMMANDS:
        given = {key: message[key] for key in _CLIENT_DETAILS if isinstance(message.get(key), str)}
        yield Command(name, {key: text[:_LONGEST_DETAIL] for key, text in given.items()} if name == "start" else {})
    elif name is not None:
        yield f"command must be one of {', '.join(COMMANDS)}, not {_shown(name)}"


def _frame_rate(message: Mapping[str, Any]) -> Iterator[FrameRate | str]:
    change = message.get("changeFrameRate")
    if change is None:
        return
    if change in ("faster", "slower"):
        yield FrameRate(change)
        return
    try:
        # Clients send the text of an input field.
        wanted = int(change) if isinstance(change, int | float | str) and not isinstance(change, bool) else None
    except (ValueError, OverflowError):
        wanted = None
    if wanted is None:
        yield f"changeFrameRate must be faster, slower or a number from {SLOWEST} to {FASTEST}, not {_shown(change)}"
    else:
        yield FrameRate(max(SLOWEST, min(FASTEST, wanted)))


def _movement(message: Mapping[str, Any]) -> Iterator[Press | Release | str]:
    event = message.get("KeyboardEvent")
    if event is not None and not isinstance(event, dict):
        yield f"KeyboardEvent must be an object with KEYDOWN or KEYUP, not {_shown(event)}"
        event = None
    # The key's name wins over `action`: `noop` does not name the released key.
    down, up = (_key((event or {}).get(name)) for name in ("KEYDOWN", "KEYUP"))
    action = message.get("action")
    if down:
        yield Press(down)
    elif up:
        yield Release(up)
    elif action in KEYS:
        yield Press(action)
    elif action == "noop":
        yield Release(None)


def _key(pressed: Any) -> Key | None:
    """Return the action of `[key, code]` or `[key]`; None for a key that this game does not use.

    The code is ignored: clients send the code of the name's first letter, which for ArrowLeft is A.
    """
    name = pressed[0] if isinstance(pressed, list) and pressed else None
    return _KEY_NAMES.get(name.lower()) if isinstance(name, str) else None


def _frame_id(value: Any) -> int | None:
    right = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_FRAME_ID
    return value if right else None


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
