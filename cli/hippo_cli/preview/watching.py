"""Tells when a file of a study has changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from hippo_cli.study import Study
from hippo_cli.study.container import DOCKERFILES
from hippo_cli.study.folder import directory_of

_PAUSE = 0.4  # seconds

Snapshot = dict[Path, tuple[int, int]]


def snapshot(study: Study) -> Snapshot:
    """Return the time and size of every file that matters to a study: its config.yml, pages and Dockerfile."""
    return {path: _seen(path) for path in sorted(set(_paths(study)))}


def wait_for_change(study: Study, known: Snapshot, pause: float = _PAUSE) -> None:
    """Return once a file of the study is no longer as it was.

    Args:
        study: as it was last read.
        known: what `snapshot` said before it was read.
        pause: seconds between two looks.
    """
    while snapshot(study) == known:
        time.sleep(pause)


def _paths(study: Study) -> Iterator[Path]:
    yield study.config
    yield from (study.folder / name for name in DOCKERFILES)
    steps = study.project.get("steps")
    files = [file for file in steps.values() if isinstance(file, str)] if isinstance(steps, dict) else []
    for directory in {directory_of(file) for file in files} | {""}:
        yield from (study.folder / directory).glob("*.html")


def _seen(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
