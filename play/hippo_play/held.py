"""The keys that a participant holds, in the order of their presses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .keys import Keymap


@dataclass
class _Key:
    name: str
    held: bool
    fresh: bool


class HeldKeys:
    """Keys that are held, or were pressed and released since the last step."""

    def __init__(self, keymap: Keymap) -> None:
        self._keymap = keymap
        self._keys: list[_Key] = []

    def press(self, name: str, *, counts: bool) -> tuple[str, ...]:
        """Add the keys of a name; return those that were not held.

        Browsers repeat a held key, and some clients send each press in two forms.

        counts: a press that ends before the next step still acts for one step.
        """
        held = {key.name for key in self._keys if key.held}
        new = tuple(key for key in self._keymap.keys_of(name) if key not in held)
        self._keys = [key for key in self._keys if key.name not in new]
        self._keys += [_Key(key, held=True, fresh=counts) for key in new]
        return new

    def release(self, name: str | None) -> tuple[str, ...]:
        """Release the keys of a name, or all; return those that were held."""
        wanted = None if name is None else self._keymap.keys_of(name)
        released = tuple(key.name for key in self._keys if key.held and (wanted is None or key.name in wanted))
        for key in self._keys:
            if key.name in released:
                key.held = False
        self._keys = [key for key in self._keys if key.held or key.fresh]
        return released

    def hold(self, names: Sequence[str], *, counts: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Hold these keys and no others, in this order; return those pressed, and those released."""
        wanted = [key for name in names for key in self._keymap.keys_of(name)]
        released = tuple(
            key
            for held in [key.name for key in self._keys if key.held]
            if held not in wanted
            for key in self.release(held)
        )
        pressed = tuple(key for name in wanted for key in self.press(name, counts=counts))
        self._keys.sort(key=lambda key: wanted.index(key.name) if key.name in wanted else -1)
        return pressed, released

    def action(self) -> Any:
        """Return the action of the keys; None without any."""
        return self._keymap.resolve([key.name for key in self._keys])

    def stepped(self) -> None:
        """A step was made: forget the keys that are no longer held."""
        self._keys = [_Key(key.name, held=True, fresh=False) for key in self._keys if key.held]
