"""Studies with a game, and the fake that serves it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.unit.cli.study.studies import PAGES, project, write

_FAKE = Path(__file__).with_name("fake_game.py")


def with_game(
    folder: Path, files: dict[str, str] | None = None, keys: dict[str, Any] | None = None, **fake: Any
) -> Path:
    """Write a study with a game; return its config.yml.

    Args:
        folder: where to write it.
        files: further pages, or others.
        keys: of the game, besides `env`.
        fake: how the fake behaves.
    """
    game = {"env": "Fake-v0", "env_args": fake, **(keys or {})}
    return write(folder, project(game=game), PAGES | (files or {}))


def serve_command(config: Path, port: int) -> list[str]:
    """Return the command that serves the game on a port."""
    return [sys.executable, str(_FAKE), str(config), "--port", str(port)]


def check_command(config: Path) -> list[str]:
    """Return the command that tries the game out."""
    return [sys.executable, str(_FAKE), str(config), "--check"]
