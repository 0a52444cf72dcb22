"""Keys, and the actions that they stand for.

normal      one key's name, as browsers write it: `KeyboardEvent.key`
chord       keys that are held together, from any of the ways in which people write them
Binding     keys → action, with a name for messages and a label for people
Keymap      all bindings of a game; `resolve` turns held keys into an action
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy

from .plain import plain

NINE: Final[Mapping[str, tuple[str, ...]]] = {
    "left": ("ArrowLeft", "a"),
    "right": ("ArrowRight", "d"),
    "up": ("ArrowUp", "w"),
    "down": ("ArrowDown", "s"),
    "leftUp": ("q",),
    "rightUp": ("e",),
    "leftDown": ("z",),
    "rightDown": ("c",),
    "fire": (" ",),
}
"""Action that every page of HIPPO Gym knows → the keys that it sends it for."""

_CONTROL: Final = re.compile(r"button(?:\d|1[0-6])|axis[0-3][+-]")
"""Controls of the Standard Gamepad, https://w3c.github.io/gamepad/#remapping: 17 buttons, and both halves of the
way of four axes.
"""

_ALIASES: Final[Mapping[str, str]] = {
    "left": "ArrowLeft",
    "right": "ArrowRight",
    "up": "ArrowUp",
    "down": "ArrowDown",
    "space": " ",
    "spacebar": " ",
    "esc": "Escape",
    "return": "Enter",
}
_CODES: Final[Mapping[int, str]] = {
    # pygame 1, which some environments of gymnasium still name, and pygame 2
    273: "ArrowUp",
    274: "ArrowDown",
    275: "ArrowRight",
    276: "ArrowLeft",
    1073741903: "ArrowRight",
    1073741904: "ArrowLeft",
    1073741905: "ArrowDown",
    1073741906: "ArrowUp",
    13: "Enter",
    27: "Escape",
}
_LABELS: Final[Mapping[str, str]] = {
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    " ": "Space",
}
_WORDS: Final[Mapping[str, str]] = {
    "ArrowLeft": "Left",
    "ArrowRight": "Right",
    "ArrowUp": "Up",
    "ArrowDown": "Down",
    " ": "Space",
}


def normal(key: str | int) -> str:
    """Return a key's name as browsers write it.

    >>> normal("left"), normal("A"), normal(ord("w")), normal("space")
    ('ArrowLeft', 'a', 'w', ' ')

    Raises:
        ValueError: the value names no key.
    """
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise ValueError(f"{key!r} is no key: write a name such as ArrowLeft, or one letter")
    if isinstance(key, int):
        if key in _CODES:
            return _CODES[key]
        if not 32 <= key < 127:
            raise ValueError(f"{key} is the code of no key: write its name, such as ArrowLeft")
        return chr(key).lower()
    if len(key) == 1:
        return key.lower()
    if not key:
        raise ValueError("a key's name is empty")
    return _ALIASES.get(key.lower(), key[0].upper() + key[1:])


def chord(keys: Any) -> tuple[str, ...]:
    """Return the keys of one binding: a key, a tuple of keys, or names joined by `+`.

    >>> chord("ArrowLeft+x"), chord((" ", "w")), chord(())
    (('ArrowLeft', 'x'), (' ', 'w'), ())
    """
    if isinstance(keys, str) and "+" in keys and len(keys) > 1:
        keys = tuple(filter(None, keys.split("+"))) + (("+",) if keys.endswith("+") else ())
    found = [normal(key) for key in keys] if isinstance(keys, tuple | list) else [normal(keys)]
    return tuple(dict.fromkeys(found))


def gamepad(controls: Mapping[Any, Any]) -> dict[str, str]:
    """Return control of a gamepad → the key that it presses, as browsers write it.

    >>> gamepad({"button0": "space", "axis0-": "left"})
    {'button0': ' ', 'axis0-': 'ArrowLeft'}

    Raises:
        ValueError: a control or a key has no valid name.
    """
    for control in controls:
        if not isinstance(control, str) or _CONTROL.fullmatch(control) is None:
            raise ValueError(f"{control!r} is no control: write a name such as button0 or axis0-")
    return {control: normal(key) for control, key in controls.items()}


def shown(keys: Iterable[str]) -> str:
    """Return keys as people read them: `← + X`."""
    return " + ".join(_LABELS.get(key, key.upper() if len(key) == 1 else key) for key in keys)


@dataclass(frozen=True)
class Binding:
    """Keys that are held together, and their action.

    Attributes:
        keys: browsers' names.
        action: of the environment's action space.
        name: in messages and records; one of `NINE` where a page of any age shall send it.
        label: for people.
    """

    keys: tuple[str, ...]
    action: Any
    name: str
    label: str


def bindings(actions: Mapping[Any, Any], labels: Mapping[Any, str]) -> tuple[Binding, ...]:
    """Name and label each of `keys → action`.

    labels: keys → label; keys without one are labelled by their own names.

    Raises:
        ValueError: a key has no valid name, or is bound twice.
    """
    by_keys = {chord(keys): label for keys, label in labels.items()}
    given = [(chord(keys), action) for keys, action in actions.items()]
    given = [(held, action) for held, action in given if held]  # what no key means is `noop`
    for number, (held, _) in enumerate(given):
        if any(set(held) == set(other) for other, _ in given[:number]):
            raise ValueError(f"{shown(held)} is bound twice")
    found: list[Binding] = []
    for _, group in _same_actions(given):
        taken = {binding.name for binding in found}
        nine = (name for held, _ in group for name in NINE if len(held) == 1 and held[0] in NINE[name])
        name = next((name for name in nine if name not in taken), "+".join(group[0][0]))
        label = next((by_keys[held] for held, _ in group if held in by_keys), None)
        found += [Binding(held, action, name, label or _words(group[0][0])) for held, action in group]
    order = [held for held, _ in given]
    return tuple(sorted(found, key=lambda binding: order.index(binding.keys)))


def _same_actions(given: Sequence[tuple[tuple[str, ...], Any]]) -> list[tuple[str, list[tuple[tuple[str, ...], Any]]]]:
    """Group keys with the same action: pages show one button for them."""
    groups: dict[str, list[tuple[tuple[str, ...], Any]]] = {}
    for held, action in given:
        groups.setdefault(json.dumps(plain(action)), []).append((held, action))
    return list(groups.items())


def _words(held: Sequence[str]) -> str:
    return " + ".join(_WORDS.get(key, key.upper() if len(key) == 1 else key) for key in held)


class Keymap:
    """The bindings of a game."""

    def __init__(self, found: Sequence[Binding], *, limits: tuple[Any, Any] | None = None) -> None:
        """Keep the bindings.

        limits: lowest and highest action of a Box: actions of keys held together add up within
            them. None: of several bindings one counts.
        """
        self.bindings = tuple(found)
        self._limits = limits
        self._keys = {key for binding in found for key in binding.keys}
        self._by_name: dict[str, Binding] = {}
        for binding in found:
            self._by_name.setdefault(binding.name, binding)
        # Older pages send one action for two keys, as `left` for ArrowLeft and A.
        self._twins = {
            twin: binding.keys[0]
            for binding in found
            for nine in NINE.values()
            if len(binding.keys) == 1 and binding.keys[0] in nine
            for twin in nine
        }

    def keys_of(self, name: str) -> tuple[str, ...]:
        """Return the keys of a browser's key or of a binding's name; none if the game has none.

        A letter counts as the arrow with the same meaning (A as ArrowLeft) unless the game uses it.
        """
        try:
            key = normal(name)
        except ValueError:
            return ()
        if key in self._keys:
            return (key,)
        if name in self._by_name:
            return self._by_name[name].keys
        return (self._twins[key],) if key in self._twins else ()

    def resolve(self, held: Sequence[str]) -> Any:
        """Return the action of the held keys, in the order of their presses; None without any.

        The binding with the most keys counts; of equals the one with the latest press.
        """
        whole = [binding for binding in self.bindings if set(binding.keys) <= set(held)]
        if not whole:
            return None
        if self._limits is None:
            return max(whole, key=lambda binding: (len(binding.keys), max(map(held.index, binding.keys)))).action
        used = [binding for binding in whole if not any(set(binding.keys) < set(other.keys) for other in whole)]
        total = sum(numpy.asarray(binding.action, dtype=float) for binding in used)
        return numpy.clip(total, *self._limits)
