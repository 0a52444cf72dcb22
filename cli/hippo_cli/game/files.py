"""The study's files that its game may read: what a preview watches, and what the image holds."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

PRIVATE: Final = ".hippo"
"""The folder in a study's folder in which `hippo` writes: the image's build context, records of a preview."""

_SKIPPED_FOLDERS: Final = frozenset({"__pycache__", "node_modules", "trials"})
_SKIPPED: Final = re.compile(r".*\.(html?|md|pyc)|Dockerfile.*|requirements.*\.(txt|in)", re.IGNORECASE)
_CONFIG: Final = frozenset({"config.yml", "config.yaml"})
_HIDDEN: Final = ".trialConfig.yml"
"""The one hidden file that games read: the configuration within an App folder of the original HIPPO Gym."""
_EXPORT: Final = "about.json"
"""`hippo export` writes this file: its folder holds participants' data."""

_MOST: Final = 20_000


def private(folder: Path) -> Path:
    """Return the folder for what `hippo` writes in a study's folder; make it, hidden from git."""
    made = folder / PRIVATE
    made.mkdir(parents=True, exist_ok=True)
    ignored = made / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n", "utf-8")
    return made


def needed(folder: Path, game: Any) -> list[str]:
    """Return the files that a game may read, relative to the study's folder, sorted.

    A game that names no file of the study, such as `{env: CartPole-v1}`, reads none. Any other may
    import and open what is beside the file that it names. Left out are config.yml
    (its game's part goes into the image by itself), pages, texts, hidden files, environments and
    exports.
    """
    return sorted(_walk(folder)) if any(_named(folder, game)) else []


def _named(folder: Path, value: Any) -> Iterator[str]:
    """Yield the texts in a game's part that name something in the folder."""
    if isinstance(value, str):
        path = PurePosixPath(value)
        if value and not path.is_absolute() and ".." not in path.parts and _exists(folder / path):
            yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _named(folder, part)
    elif isinstance(value, list):
        for part in value:
            yield from _named(folder, part)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a text that cannot be a path
        return False


def _walk(folder: Path) -> Iterator[str]:
    seen = 0
    for place, below, names in os.walk(folder):
        here = Path(place)
        below[:] = [name for name in below if not _is_skipped(here / name)]
        for name in names:
            if (name.startswith(".") and name != _HIDDEN) or _SKIPPED.fullmatch(name):
                continue
            seen += 1
            if seen > _MOST:
                return
            if here != folder or name not in _CONFIG:
                yield (here / name).relative_to(folder).as_posix()


def _is_skipped(path: Path) -> bool:
    return (
        path.name.startswith(".")
        or path.name in _SKIPPED_FOLDERS
        or (path / "pyvenv.cfg").is_file()
        or (path / _EXPORT).is_file()
    )
