"""Writes the server's messages, as pages of any generation read them."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..keys import NINE, Binding
from .protocol import SPOKEN

DONE: Final = "done"
"""The end of the game: this bare text, not JSON. Every page knows it."""

_FRAME_HEADER: Final = struct.Struct(">I")


def welcome_message(
    commands: Sequence[str],
    bindings: Sequence[Binding],
    inputs: Sequence[Mapping[str, Any]],
    instructions: Sequence[str],
    size: tuple[int, int],
    speaks: frozenset[str] = frozenset(),
    gamepad: Mapping[str, str] | None = None,
) -> str:
    """Return the first message of a connection.

    Args:
        commands: controls to show, besides keys.
        bindings: of keys. Pages that do not speak `keys` know nine actions only.
        inputs: that the participant can answer.
        instructions: lines above the game.
        size: width and height of the picture, in pixels.
        speaks: what the page speaks.
        gamepad: control → the key that it presses; the page has a usual key for the others.
    """
    nine = [] if "keys" in speaks else [each.name for each in bindings if each.name in NINE]
    message: dict[str, Any] = {
        "UI": [*nine, *commands],
        "Instructions": list(instructions),
        "gameWindowWidth": size[0],
        "gameWindowHeight": size[1],
        "gameWindowSize": "responsive",
    }
    if speaks:
        message["speaks"] = [word for word in SPOKEN if word in speaks]
    if "keys" in speaks:
        message["keys"] = [{"keys": list(each.keys), "action": each.name, "label": each.label} for each in bindings]
        if gamepad:
            message["gamepad"] = dict(gamepad)
    if "inputs" in speaks:
        message["inputs"] = [dict(each) for each in inputs]
    return json.dumps(message)


def frame_message(picture: bytes, frame_id: int, figures: Mapping[str, Any]) -> str:
    """Return a message with a picture and the figures beside it.

    Args:
        picture: JPEG; sent in base64 under both keys, since a page reads one or the other. The
            connection's compression removes the cost of the second copy.
        frame_id: from 1: pages read 0 as "no frame".
        figures: of `figures_message`.
    """
    frame = {"frame": base64.b64encode(picture).decode("ascii"), "frameId": frame_id}
    return json.dumps({**frame, "env": frame, **figures})


def binary_frame(picture: bytes, frame_id: int) -> bytes:
    """Return a picture for pages that speak `binary`: 4 bytes id, big-endian, then the JPEG or WebP."""
    return _FRAME_HEADER.pack(frame_id & 0xFFFFFFFF) + picture


def figures_message(figures: Mapping[str, Any]) -> str:
    """Return the figures without a picture."""
    return json.dumps(dict(figures))


def error_message(fault: str) -> str:
    """Return the answer to an invalid message. Pages ignore unknown keys."""
    return json.dumps({"error": fault})
