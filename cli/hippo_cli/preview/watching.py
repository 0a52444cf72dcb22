"""Detects changes of a study's files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hippo_cli.game import files
from hippo_cli.study import Study, assets
from hippo_cli.study.container import DOCKERFILES
from hippo_cli.study.folder import directory_of

_PAUSE = 0.4  # seconds

Snapshot = dict[Path, tuple[int, int]]


def snapshot(study: Study) -> Snapshot:
    """Return the time and size of a study's files: config.yml, pages, Dockerfile, and its game's files."""
    return {path: _seen(path) for path in sorted({*_paths(study), *_of_game(study)})}


def game_snapshot(study: Study) -> tuple[Any, Snapshot]:
    """Return what a study's game is made of: its part of config.yml, and its files."""
    return study.game, {path: _seen(path) for path in _of_game(study)}


def wait_for_change(study: Study, known: Snapshot, ended: threading.Event, pause: float = _PAUSE) -> bool:
    """Wait until a file of the study changes; return False if `ended` is set before.

    Args:
        study: the study as last loaded.
        known: the `snapshot` from before it was loaded.
        ended: set when the preview is closed.
        pause: seconds between two checks.
    """
    while snapshot(study) == known:
        if ended.wait(pause):
            return False
    return True


def _of_game(study: Study) -> list[Path]:
    return [study.folder / file for file in files.needed(study.folder, study.game)]


def _paths(study: Study) -> Iterator[Path]:
    yield study.config
    yield from (study.folder / name for name in DOCKERFILES)
    steps = study.project.get("steps")
    files = [file for file in steps.values() if isinstance(file, str)] if isinstance(steps, dict) else []
    for directory in {directory_of(file) for file in files} | {""}:
        yield from (study.folder / directory).glob("*.html")
    yield from assets.paths(study.folder)


def _seen(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
