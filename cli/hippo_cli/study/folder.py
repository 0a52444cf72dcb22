"""The exact names of the files in a study's folder.

Many file systems ignore case or normalize accents; S3 does neither.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path, PurePosixPath

from hippo_cli.study.boundary import outside


def folded(name: str) -> str:
    """Return a name in lower case and with normalized accents, for comparisons."""
    return unicodedata.normalize("NFC", name).casefold()


def directory_of(file: str) -> str:
    """Return the directory of a file; `""` is the folder itself."""
    parent = PurePosixPath(file).parent
    return "" if parent == PurePosixPath() else str(parent)


class Folder:
    """A study's folder; every name is relative to it, with `/` between its parts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, tuple[str, ...]] = {}

    def names(self, directory: str) -> tuple[str, ...]:
        """Return the files in a directory; `""` is the folder itself."""
        if directory not in self._names:
            path = self._folder / directory
            prefix = f"{directory}/" if directory else ""
            there = path.is_dir() and self._is_exact(directory)
            listed = sorted(entry.name for entry in path.iterdir() if entry.is_file()) if there else []
            self._names[directory] = tuple(prefix + name for name in listed)
        return self._names[directory]

    def beside(self, file: str) -> tuple[str, ...]:
        """Return the files in the directory of a file."""
        return self.names(directory_of(file))

    def directories(self) -> list[str]:
        """Return the directories in the folder, without hidden ones."""
        entries = self._folder.iterdir() if self._folder.is_dir() else []
        return sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))

    def content(self, file: str) -> bytes:
        """Read a file."""
        return (self._folder / file).read_bytes()

    def outside(self, file: str) -> str | None:
        """Return where a file leads if that is outside of this folder; None if it is inside."""
        return outside(self._folder / file, self._folder)

    def _is_exact(self, directory: str) -> bool:
        parts = PurePosixPath(directory).parts
        parents = [self._folder.joinpath(*parts[:index]) for index in range(len(parts))]
        return all(
            any(entry.name == part for entry in parent.iterdir()) for parent, part in zip(parents, parts, strict=True)
        )
