"""Keys, and the actions that they stand for.

    normal      one key's name, as browsers write it: `KeyboardEvent.key`
    chord       keys that are held together, from any of the ways in which people write them
    Binding     keys → action, with a name for messages and a label for people
    Keymap      all bindings of a game; `resolve` turns held keys into an action
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy

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
    found: list[Binding] = []
    names: set[str] = set()
    for keys, action in ((chord(keys), action) for keys, action in actions.items()):
        if not keys:
            continue  # what no key means is `noop`
        if any(set(keys) == set(other.keys) for other in found):
            raise ValueError(f"{shown(keys)} is bound twice")
        name = next((name for name, nine in NINE.items() if len(keys) == 1 and keys[0] in nine), "+".join(keys))
        if name in names:
            name = "+".join(keys)
        names.add(name)
        words = " + ".join(_WORDS.get(key, key.upper() if len(key) == 1 else key) for key in keys)
        found.append(Binding(keys, action, name, by_keys.get(keys, words)))
    return tuple(found)


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
        self._by_name = {binding.name: binding for binding in found}
        # Pages that know nine actions send one name for two keys, as ArrowLeft and A.
        for binding in found:
            for name, keys in NINE.items():
                if len(binding.keys) == 1 and binding.keys[0] in keys:
                    self._by_name.setdefault(name, binding)
                    self._twins = getattr(self, "_twins", {}) | {key: binding.keys[0] for key in keys}

    def keys_of(self, name: str) -> tuple[str, ...]:
        """Return the keys of a browser's key or of a binding's name; none if the game has none.

        A letter counts as the arrow with the same meaning (A as ArrowLeft) unless the game uses it.
        """
        if name in self._by_name:
            return self._by_name[name].keys
        try:
            key = normal(name)
        except ValueError:
            return ()
        if key in self._keys:
            return (key,)
        twin = getattr(self, "_twins", {}).get(key)
        return (twin,) if twin else ()

    def resolve(self, held: Sequence[str]) -> Any:
        """Return the action of the held keys, in the order of their presses; None without any.

        The binding with the most keys counts; of equals the one with the latest press.
        """
        whole = [binding for binding in self.bindings if set(binding.keys) <= set(held)]
        if not whole:
            return None
        if self._limits is None:
            return max(whole, key=lambda binding: (len(binding.keys), max(map(held.index, binding.keys)))).action
        used = [
            binding
            for binding in whole
            if not any(set(binding.keys) < set(other.keys) for other in whole)
        ]
        total = sum(numpy.asarray(binding.action, dtype=float) for binding in used)
        return numpy.clip(total, *self._limits)
