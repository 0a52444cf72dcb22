"""Studies with a game, and the fake that serves it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.unit.cli.study.studies import PAGES, project, write

_FAKE = Path(__file__).with_name("fake_game.py")


def with_game(folder: Path, files: dict[str, str] | None = None, **game: Any) -> Path:
    """Write a study whose game has these keys; return its config.yml."""
    return write(folder, project(game={"env": "Fake-v0", **game}), PAGES | (files or {}))


def serve_command(config: Path, port: int) -> list[str]:
    """Return the command that serves the game on a port."""
    return [sys.executable, str(_FAKE), str(config), "--port", str(port)]


def check_command(config: Path) -> list[str]:
    """Return the command that tries the game out."""
    return [sys.executable, str(_FAKE), str(config), "--check"]
