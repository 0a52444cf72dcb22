"""The game connection's messages of all HIPPO Gym clients: JSON text over one WebSocket.

`read_hello` and `read_inputs` turn a client's text into inputs; the `..._message` functions write
the server's messages. A message may have any mix of keys: clients since 2023 send `command` and
`KeyboardEvent` where older ones send `action`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .environment import Direction

DONE = "done"
"""The end of the game: this bare text, not JSON. Every client knows it."""

CONTROLS = (*Direction, "start", "pause", "reset", "stop", "good", "bad", "fpsUp", "fpsDown")
"""The controls to show. Clients send only presses of keys whose action is listed."""

COMMANDS = frozenset({"start", "pause", "reset", "stop", "good", "bad"})

_KEYS = {
    "arrowleft": Direction.LEFT,
    "arrowright": Direction.RIGHT,
    "arrowup": Direction.UP,
    "arrowdown": Direction.DOWN,
    "a": Direction.LEFT,
    "d": Direction.RIGHT,
    "w": Direction.UP,
    "s": Direction.DOWN,
}


class ProtocolError(ValueError):
    """The client's text is not a message of this protocol."""


@dataclass(frozen=True)
class Hello:
    """A client's first message: its participant and study."""

    user_id: str
    project_id: str


@dataclass(frozen=True)
class Press:
    """A direction's key or button was pressed."""

    direction: Direction


@dataclass(frozen=True)
class Release:
    """A key was released. None: the client does not name it."""

    direction: Direction | None


@dataclass(frozen=True)
class Command:
    """A control of `COMMANDS`."""

    name: str


@dataclass(frozen=True)
class FrameRate:
    """A request for another speed: a step up, a step down, or a number."""

    change: Literal["faster", "slower"] | int


Input = Press | Release | Command | FrameRate


def read_hello(text: str | bytes) -> Hello:
    """Read the first message, in either form: with or without `action: start`.

    Raises:
        ProtocolError: the message does not name the participant and the study.
    """
    message = _read_object(text)
    user_id, project_id = message.get("userId"), message.get("projectId")
    if not isinstance(user_id, str) or not isinstance(project_id, str) or not user_id or not project_id:
        raise ProtocolError("the first message must contain userId and projectId")
    return Hello(user_id=user_id, project_id=project_id)


def read_inputs(text: str | bytes) -> tuple[Input, ...]:
    """Read a later message. An input in two formats counts once; unknown keys are ignored.

    Raises:
        ProtocolError: the text is not a JSON object.
    """
    message = _read_object(text)
    found: list[Input] = []
    for read in (_command, _frame_rate, _movement):
        what = read(message)
        if what is not None:
            found.append(what)
    return tuple(found)


def _read_object(text: str | bytes) -> Mapping[str, Any]:
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError("a message must be JSON text") from error
    if not isinstance(message, dict):
        raise ProtocolError(f"a message must be a JSON object, not {type(message).__name__}")
    return message


def _command(message: Mapping[str, Any]) -> Command | None:
    name = message.get("command", _inside(message, "ButtonEvent", "BUTTONPRESSED"))
    return Command(name) if isinstance(name, str) and name in COMMANDS else None


def _frame_rate(message: Mapping[str, Any]) -> FrameRate | None:
    change = message.get("changeFrameRate")
    if change in ("faster", "slower"):
        return FrameRate(change)
    # Clients send the text of an input field.
    try:
        return FrameRate(int(change)) if isinstance(change, (int, float, str)) else None
    except (ValueError, OverflowError):
        return None


def _movement(message: Mapping[str, Any]) -> Press | Release | None:
    down = _key(_inside(message, "KeyboardEvent", "KEYDOWN"))
    if down:
        return Press(down)
    up = _key(_inside(message, "KeyboardEvent", "KEYUP"))
    if up:
        return Release(up)
    action = message.get("action")
    if action == "noop":
        return Release(None)
    return Press(Direction(action)) if action in tuple(Direction) else None


def _key(keys: Any) -> Direction | None:
    """Return the direction of `[key, code]` or `[key]`.

    The code is ignored: clients send the code of the name's first letter, which for ArrowLeft is A.
    """
    if isinstance(keys, list) and keys and isinstance(keys[0], str):
        return _KEYS.get(keys[0].lower())
    return None


def _inside(message: Mapping[str, Any], outer: str, inner: str) -> Any:
    nested = message.get(outer)
    return nested.get(inner) if isinstance(nested, dict) else None


def welcome_message(instructions: Sequence[str], *, width: int, height: int) -> str:
    """Return the first message of a connection. Width and height are the picture's, in pixels."""
    return json.dumps(
        {
            "UI": list(CONTROLS),
            "Instructions": list(instructions),
            "gameWindowWidth": width,
            "gameWindowHeight": height,
            "gameWindowSize": "responsive",
        }
    )


def frame_message(
    frame: str,
    frame_id: int,
    display: Mapping[str, str | int],
    *,
    input_budget: int,
    used_input_budget: int,
) -> str:
    """Return a message with a picture and the figures beside it.

    Args:
        frame: base64 JPEG without prefix; sent under both keys, since a client reads one or the
            other.
        frame_id: from 1: clients read 0 as "no frame".
        display: label → value.
        input_budget: number of times the participant may help.
        used_input_budget: number of times the participant has helped.
    """
    picture = {"frame": frame, "frameId": frame_id}
    return json.dumps(
        {
            **picture,
            "env": picture,
            "display": dict(display),
            "inputBudget": input_budget,
            "usedInputBudget": used_input_budget,
        }
    )
