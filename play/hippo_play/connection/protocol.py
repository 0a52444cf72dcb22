"""Reads the messages of all HIPPO Gym pages: JSON text over one WebSocket.

    read_hello   a page's first text → its participant and study, and what it speaks
    read         each later text → the participant's inputs, and faults

Pages before 2023 send a key's action in `action` (`noop` for a release) and the frame that they
show; pages since 2023 send the key in `KeyboardEvent`, and commands with `action: command`; pages
that speak `keys` send all keys that are held. A message may have any mix of these; an input in two
formats counts once. `read` raises for no message.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

SLOWEST: Final = 1
FASTEST: Final = 90
"""Frames per second that a page may request."""

SPOKEN: Final = ("keys", "inputs", "binary")
"""Additions that a page may speak: own keys, inputs, and frames as binary messages."""

_CLIENT_DETAILS: Final = ("system", "systemVersion", "browser", "browserVersion")
_LONGEST_DETAIL: Final = 100
_LARGEST_FRAME_ID: Final = 2**53
_NO_KEYS: Final = ("command", "start", "noop")
_LONGEST_NAME: Final = 40
_MOST_KEYS: Final = 30


class ProtocolError(ValueError):
    """The page's first text names no participant and study; for the page's developer."""


@dataclass(frozen=True)
class Hello:
    """A page's participant and study, what it speaks, the session's token and the study's step, if it sends them."""

    user_id: str
    project_id: str
    speaks: frozenset[str] = frozenset()
    token: str | None = field(default=None, repr=False)
    step: str | None = None


@dataclass(frozen=True)
class Press:
    """A key was pressed; name: the browser's, or its action's."""

    name: str


@dataclass(frozen=True)
class Release:
    """A key was released. None: the page does not name it."""

    name: str | None


@dataclass(frozen=True)
class Hold:
    """These keys are held now, and no others, in the order of their presses."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Command:
    """One of the commands that the game offers.

    client: name and version of browser and system, sent with `start`.
    """

    name: str
    client: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FrameRate:
    """A request for another speed: a step up or down, or frames per second."""

    change: Literal["faster", "slower"] | int


@dataclass(frozen=True)
class Answer:
    """The value of one of the game's inputs."""

    name: str
    value: Any


Input = Press | Release | Hold | Command | FrameRate | Answer


@dataclass(frozen=True)
class Reading:
    """The content of a message.

    Attributes:
        inputs: the participant's inputs.
        faults: descriptions of invalid values.
        frame_id: the frame that the page showed, if it sends the id.
    """

    inputs: tuple[Input, ...] = ()
    faults: tuple[str, ...] = ()
    frame_id: int | None = None


def read_hello(text: str | bytes) -> Hello:
    """Read the first message of any generation.

    Raises:
        ProtocolError: the message does not name the participant and the study.
    """
    message = _object(text)
    if isinstance(message, str):
        raise ProtocolError(message)
    user_id, project_id = message.get("userId"), message.get("projectId")
    if not isinstance(user_id, str) or not isinstance(project_id, str) or not user_id or not project_id:
        raise ProtocolError("the first message must contain userId and projectId, both text")
    speaks = message.get("speaks")
    known = [word for word in SPOKEN if isinstance(speaks, list) and word in speaks]
    token, step = message.get("token"), message.get("step")
    return Hello(
        user_id,
        project_id,
        frozenset(known),
        token if isinstance(token, str) else None,
        step[:20] if isinstance(step, str) and step else None,
    )


def read(text: str | bytes, commands: Collection[str]) -> Reading:
    """Read a later message. Unknown keys are no faults: pages send keys for other games.

    commands: that the game offers.
    """
    message = _object(text)
    if isinstance(message, str):
        return Reading(faults=(message,))
    found = [*_command(message, commands), *_frame_rate(message), *_answer(message), *_key(message)]
    return Reading(
        inputs=tuple(what for what in found if not isinstance(what, str)),
        faults=tuple(what for what in found if isinstance(what, str)),
        frame_id=_frame_id(message.get("frameId")),
    )


def _object(text: str | bytes) -> Mapping[str, Any] | str:
    """Return the message, or a description of its fault."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return "a message must be JSON text"
    return message if isinstance(message, dict) else f"a message must be a JSON object, not {_shown(message)}"


def _command(message: Mapping[str, Any], commands: Collection[str]) -> Iterator[Command | str]:
    event = message.get("ButtonEvent")
    name = message.get("command")
    if name is None and isinstance(event, dict) and event.get("BUTTONPRESSED") in tuple(commands):
        name = event["BUTTONPRESSED"]
    if isinstance(name, str) and name in commands:
        given = {key: message[key] for key in _CLIENT_DETAILS if isinstance(message.get(key), str)}
        yield Command(name, {key: text[:_LONGEST_DETAIL] for key, text in given.items()} if name == "start" else {})
    elif name is not None:
        yield f"command must be one of {', '.join(commands)}, not {_shown(name)}"


def _frame_rate(message: Mapping[str, Any]) -> Iterator[FrameRate | str]:
    change = message.get("changeFrameRate")
    if change is None:
        return
    if change in ("faster", "slower"):
        yield FrameRate(change)
        return
    try:
        # Pages send the text of an input field.
        wanted = int(change) if isinstance(change, int | float | str) and not isinstance(change, bool) else None
    except (ValueError, OverflowError):
        wanted = None
    if wanted is None:
        yield f"changeFrameRate must be faster, slower or a number from {SLOWEST} to {FASTEST}, not {_shown(change)}"
    else:
        yield FrameRate(max(SLOWEST, min(FASTEST, wanted)))


def _answer(message: Mapping[str, Any]) -> Iterator[Answer | str]:
    name = message.get("input")
    if name is None:
        return
    if not isinstance(name, str) or "value" not in message:
        yield f"input must be the name of an input, with a value, not {_shown(name)}"
    else:
        yield Answer(name, message["value"])


def _key(message: Mapping[str, Any]) -> Iterator[Press | Release | Hold | str]:
    if "keys" in message:
        yield _held(message["keys"])
        return
    event = message.get("KeyboardEvent")
    if event is not None and not isinstance(event, dict):
        yield f"KeyboardEvent must be an object with KEYDOWN or KEYUP, not {_shown(event)}"
        event = None
    # The key's name wins over `action`: `noop` does not name the released key.
    down, up = (_name((event or {}).get(name)) for name in ("KEYDOWN", "KEYUP"))
    action = message.get("action")
    if down:
        yield Press(down)
    elif up:
        yield Release(up)
    elif action == "noop":
        yield Release(None)
    elif isinstance(action, str) and action not in _NO_KEYS and 0 < len(action) <= _LONGEST_NAME:
        yield Press(action)


def _held(names: Any) -> Hold | str:
    if not isinstance(names, list) or len(names) > _MOST_KEYS or not all(isinstance(name, str) for name in names):
        return f"keys must list the names of the held keys, not {_shown(names)}"
    return Hold(tuple(name for name in names if 0 < len(name) <= _LONGEST_NAME))


def _name(pressed: Any) -> str | None:
    """Return the key's name of `[key, code]` or `[key]`.

    The code is ignored: pages send the code of the name's first letter, which for ArrowLeft is A.
    """
    name = pressed[0] if isinstance(pressed, list) and pressed else None
    return name if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME else None


def _frame_id(value: Any) -> int | None:
    right = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LARGEST_FRAME_ID
    return value if right else None


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…"
