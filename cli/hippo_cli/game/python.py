"""Finds the Python that runs a study's game.

People install `hippo` with pipx or uv, apart from their gymnasium, so a study may have its own
environment.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hippo_common.errors import WRONG_USE, HippoError

_OWN_ENVIRONMENT: Final = (Path(".venv/bin/python"), Path(".venv/Scripts/python.exe"))
_PACKAGE: Final = "hippo-gym-aws"


@dataclass(frozen=True)
class Python:
    """A Python program.

    Attributes:
        path: of the program.
        is_own: it is the one that `hippo` itself runs in.
    """

    path: Path
    is_own: bool = False

    def install_line(self, *packages: str) -> str:
        """Return the line that installs packages for this Python, to type in a shell."""
        named = " ".join(shlex.quote(package) for package in packages)
        if self.is_own and "pipx" in self.path.parts:
            return f"pipx inject {_PACKAGE} {named}"
        here = shlex.quote(shown(self.path))
        if not _has_pip(self.path):
            return f"uv pip install --python {here} {named}"
        return f"{here} -m pip install {named}"


def choose(folder: Path, named: Path | None = None) -> Python:
    """Return the Python of a study.

    Args:
        folder: the study's folder.
        named: the one that the command line names; it wins. An environment's folder will do.

    Raises:
        HippoError: the named one does not exist.
    """
    if named is not None:
        for path in (named, named / "bin" / "python", named / "Scripts" / "python.exe"):
            if path.is_file():
                return Python(_absolute(path))
        raise HippoError(f"{named} is not a Python program.", "Name one, such as --python .venv/bin/python.", WRONG_USE)
    for own in _OWN_ENVIRONMENT:
        if (folder / own).is_file():
            return Python(_absolute(folder / own))
    return Python(Path(sys.executable), is_own=True)


def environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a child: this process's, without what is meant for `hippo` itself."""
    without = {"PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    kept = {key: value for key, value in os.environ.items() if key not in without and not key.startswith("HIPPO_")}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"} | (extra or {})


def play_command(python: Python, config: Path, *arguments: str) -> list[str]:
    """Return the command that runs hippo_play with a study's config.yml."""
    return [str(python.path), "-m", "hippo_play", str(config), *arguments]


def _absolute(path: Path) -> Path:
    """Return an absolute path without following links: an environment's Python is a link."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def shown(path: Path) -> str:
    """Return a path as people type it: relative to the working directory, if it is below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _has_pip(python: Path) -> bool:
    """Return whether an environment has pip; one that uv made has none."""
    root = python.parent.parent
    if not (root / "pyvenv.cfg").is_file():
        return True
    places: Sequence[Path] = [*root.glob("lib/python*/site-packages/pip"), root / "Lib" / "site-packages" / "pip"]
    return any(place.is_dir() for place in places)
