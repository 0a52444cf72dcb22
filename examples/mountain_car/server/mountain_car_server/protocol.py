"""The game connection's messages, as HIPPO Gym clients of all years speak them: JSON text over one WebSocket.

    read_hello   a client's first text → who is there
    read         each later text → what the participant wants, and what could not be understood
    …_message    what the server says

Clients to 2023 name a key's action in `action` (`noop` when it goes up) and say which frame they show; clients since
2023 name the key itself in `KeyboardEvent`, and put the command into a message with `action: command`. A message may
carry any mix of these, and what it says in two ways counts once. Nothing that a client sends makes `read` fail.
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
"""What the client is asked to show: the `UI` list. Clients send only the keys of actions that are in it."""

SLOWEST: Final = 1
FASTEST: Final = 90
"""Frames a second that a client may ask for."""

_CLIENT_DETAILS: Final = ("system", "systemVersion", "browser", "browserVersion")
_LONGEST_DETAIL: Final = 100
_LARGEST_FRAME_ID: Final = 2**53

Key = Literal["left", "right"]

_KEY_NAMES: Final[Mapping[str, Key]] = {"arrowleft": "left", "a": "left", "arrowright": "right", "d": "right"}


class ProtocolError(ValueError):
    """The client's first text does not say who is there; the message is for whoever writes the client."""


@dataclass(frozen=True)
class Hello:
    """Who is there."""

    user_id: str
    project_id: str


@dataclass(frozen=True)
class Press:
    """A key goes down."""

    key: Key


@dataclass(frozen=True)
class Release:
    """A key goes up. None: the client does not say which."""

    key: Key | None


@dataclass(frozen=True)
class Command:
    """One of `COMMANDS`.

    client: what the browser says of itself when the game starts.
    """

    name: str
    client: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FrameRate:
    """A wish for another speed: a step up, a step down, or frames a second, within `SLOWEST` and `FASTEST`."""

    change: Literal["faster", "slower"] | int


Input = Press | Release | Command | FrameRate


@dataclass(frozen=True)
class Reading:
    """What was read of a message.

    Attributes:
        inputs: what the participant wants.
        faults: what was meant for this server and could not be understood, in words.
        frame_id: the frame that the client showed, if it says so.
    """

    inputs: tuple[Input, ...] = ()
    faults: tuple[str, ...] = ()
    frame_id: int | None = None


def read_hello(text: str | bytes) -> Hello:
    """Read the first message of either generation.

    Raises:
        ProtocolError: it does not say who is there.
    """
    message = _object(text)
    if isinstance(message, str):
        raise ProtocolError(message)
    user_id, project_id = message.get("userId"), message.get("projectId")
    if not isinstance(user_id, str) or not isinstance(project_id, str) or not user_id or not project_id:
        raise ProtocolError("the first message must carry userId and projectId, both text")
    return Hello(user_id, project_id)


def read(text: str | bytes) -> Reading:
    """Read a later message. Keys that this game does not know are no faults: other clients may need them."""
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
    """What a client needs once per connection. Width and height are the picture's, in pixels."""
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
    """A picture and the figures beside it.

    Args:
        picture: base64 JPEG without prefix. It is sent in both of its places, since clients of different years look in
            one or the other; the connection's compression makes the second one free.
        frame_id: from 1 up, because clients take 0 for "no frame".
        display: label → value.
        score: so far.
    """
    frame = {"frame": picture, "frameId": frame_id}
    return json.dumps({**frame, "env": frame, "display": dict(display), "Score": score})


def error_message(fault: str) -> str:
    """An answer to what could not be understood. Clients ignore keys that they do not know."""
    return json.dumps({"error": fault})


def _object(text: str | bytes) -> Mapping[str, Any] | str:
    """The message, or what is wrong with it."""
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
        # Clients send the number as text: it comes from a text box.
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
    # The key's own name is the better witness: `noop` does not say which key went up.
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
    """The action of `[key, code]` or `[key]`; a key that this game does not use is none.

    The code is not read: clients send that of the name's first letter, which for ArrowLeft is A.
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
