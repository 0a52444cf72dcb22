"""The lines above the game."""

from __future__ import annotations

from collections.abc import Sequence

from .game import Game
from .keys import Binding, shown


def instructions(game: Game, bindings: Sequence[Binding], *, turns: bool) -> tuple[str, ...]:
    """Return the lines above the game: the researcher's, or the keys in words."""
    if game.instructions is not None:
        return tuple(game.instructions)
    lines = ["Press Start."]
    if bindings:
        what = ", ".join(f"{shown(binding.keys)}: {binding.label}" for binding in bindings)
        lines.append(f"Keys: {what}." if turns else f"Hold a key to act. {what}.")
    elif game.pointer:
        lines.append("Click or touch the picture to act.")
    elif game.policy is not None:
        lines.append("Watch how the game is played.")
    if game.feedback is not None:
        lines.append(f"{game.feedback.label} as often as you like.")
    if game.start_each_episode and game.last_episode != 1:
        lines.append("Press Start to begin each round.")
    return tuple(lines)
