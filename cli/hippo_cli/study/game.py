"""The `game` part of config.yml: the game that `hippo_play` serves.

The master list does not hold it. `hippo preview` runs it on this machine, and `hippo submit` puts
it into the container's image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from hippo_cli.study.document import Document, below
from hippo_cli.study.findings import Finding, Severity
from hippo_gym.studies.projects import GAME as GAME_STEP

GAME: Final = "game"
WHERE: Final = "project.game"
_EXAMPLE: Final = "`game: {env: CartPole-v1}` or `game: {file: game.py}`"


def read(project: Mapping[str, Any]) -> Any:
    """Return a project's game: a mapping, or a list of named blocks; None if it has none."""
    return project.get(GAME) or None


def judge(document: Document, project: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    """Yield the faults of the game that show without its packages; `--check` finds the others."""
    if GAME not in project:
        return
    place, found = document.place(WHERE), project[GAME]
    parts = found if isinstance(found, list) else [found]
    if not parts or not all(isinstance(part, Mapping) for part in parts):
        fix = f"Write {_EXAMPLE}."
        yield Finding(Severity.ERROR, "not-allowed", place, "game: found no keys", fix, where=WHERE)
        return
    for index, part in enumerate(parts):
        path = f"{WHERE}[{index}]" if isinstance(found, list) else WHERE
        yield from _of_part(document, path, part, folder)
    steps = project.get("steps")
    if not isinstance(steps, Mapping) or GAME_STEP not in steps.values():
        what = "config.yml describes a game, but no step is the game"
        fix = "Write `game` as the step with the game, or delete `game:`."
        yield Finding(Severity.WARNING, "no-game", document.key_place(WHERE), what, fix, where=WHERE)


def _of_part(document: Document, path: str, part: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    if "file" not in part:
        return
    where = below(path, "file")
    file = part["file"]
    if not isinstance(file, str) or PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
        what = f"file: found {file!r}"
        fix = "Write the name of a file in the study's folder, such as `file: game.py`."
        yield Finding(Severity.ERROR, "not-allowed", document.place(where), what, fix, where=where)
    elif not (folder / file).is_file():
        what = f"the study's folder has no file {file}"
        fix = f"Write the game in {file}, or name another file."
        yield Finding(Severity.ERROR, "game-file", document.place(where), what, fix, where=where)
