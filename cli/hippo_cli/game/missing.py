"""Explains why a game did not start: one sentence, and the line that installs what is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hippo_cli.game import files, wheel
from hippo_cli.game.python import Python, shown

_NO_MODULE: Final = re.compile(r"No module named '?([A-Za-z_][\w.]*)'?")
_EXTRA: Final = re.compile(r"pip install\s+[`\"']*([A-Za-z0-9_-]+\[[\w,-]+\])")
"""How gymnasium names the packages of a family of environments: pip install "gymnasium[box2d]"."""

_INSTEAD: Final = {
    "gymnasium[box2d]": "Box2D",
    "gymnasium[classic-control]": "pygame-ce",
    "gymnasium[toy-text]": "pygame-ce",
}
"""These install pygame, whose files overwrite those of pygame-ce, which hippo_play needs."""

_NO_NAMESPACE: Final = re.compile(r"Namespace (\w+) not found")
_ERROR: Final = re.compile(r"^[\w.]*(?:Error|Exception|Exit|NotInstalled|NotFound)\b: .+")
"""The last line of a traceback."""

_LOGGED: Final = re.compile(r"^.* (?:ERROR|CRITICAL) \S+: (.+)$")
"""hippo_play logs each fault of a game: "problem: fix"."""

_FRAME: Final = re.compile(r'^\s*File "(.+)", line (\d+)')

_PACKAGES: Final = {
    "Box2D": "Box2D",
    "ale_py": "ale-py",
    "cv2": "opencv-python-headless",
    "mujoco": "gymnasium[mujoco]",
    "onnxruntime": "onnxruntime",
    "PIL": "pillow",
    "pygame": "pygame-ce",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "stable_baselines3": "stable-baselines3",
    "yaml": "PyYAML",
}
"""Module → the name under which pip installs it, where they differ."""

_NAMESPACES: Final = {"ALE": "ale-py"}
PLAY_MODULE: Final = "hippo_play"


@dataclass(frozen=True)
class Reason:
    """Why a game did not start.

    Attributes:
        what: one sentence.
        fix: what to do.
    """

    what: str
    fix: str


def explain(lines: Sequence[str], python: Python, folder: Path) -> Reason:
    """Return the reason from what the child printed.

    Args:
        lines: its output.
        python: it ran in.
        folder: the study's folder; if hippo_play is missing, its wheel is written there.
    """
    package = package_of("\n".join(lines), python, folder)
    if package is not None:
        return package
    return Reason(
        f"The game did not start: {_last_error(lines, folder)}",
        "Correct it, and save the file. The game's log shows the rest.",
    )


def package_of(text: str, python: Python, folder: Path) -> Reason | None:
    """Return the reason if a text names a package that is missing; the arguments are those of `explain`."""
    module = _last(_NO_MODULE, text)
    if module is not None:
        top = module.partition(".")[0]
        if top == PLAY_MODULE:
            return without_play(python, folder)
        package = _PACKAGES.get(top, top)
        return _install(f"{python.path} has no {package}, which the game needs (import {module}).", python, package)
    extra = _last(_EXTRA, text)
    if extra is not None:
        package = _INSTEAD.get(extra, extra)
        return _install(f"{python.path} has no {package}, which the game needs.", python, package)
    namespace = _last(_NO_NAMESPACE, text)
    if namespace is not None:
        package = _NAMESPACES.get(namespace, namespace)
        return _install(f"{python.path} has no environments {namespace}/….", python, package)
    return None


def without_play(python: Python, folder: Path) -> Reason:
    """Return the reason if a Python has no hippo_play; write its wheel into the study's folder."""
    made = wheel.write(files.private(folder))
    return _install(f"{python.path} has no {PLAY_MODULE}, which runs the game.", python, shown(made))


def _install(what: str, python: Python, package: str) -> Reason:
    return Reason(what, f"Install it: {python.install_line(package)}")


def _last(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.findall(text)
    return str(found[-1]) if found else None


def _last_error(lines: Sequence[str], folder: Path) -> str:
    """Return the last error that the child printed, with its place in the study's files."""
    said = [line.strip() for line in lines if line.strip()]
    logged = [found[1] for line in said if (found := _LOGGED.match(line))]
    errors = logged or [line for line in said if _ERROR.match(line)]
    last = (errors or said or ["it printed nothing"])[-1]
    places = [] if logged else [place for line in lines if (place := _place(line, folder)) is not None]
    return "".join([*(f"{place}: " for place in places[-1:]), last.rstrip("."), "."])


def _place(line: str, folder: Path) -> str | None:
    """Return the place of a traceback's line, if it is in the study's folder."""
    found = _FRAME.match(line)
    if found is None:
        return None
    try:
        return f"{Path(found[1]).resolve().relative_to(folder.resolve()).as_posix()}, line {found[2]}"
    except ValueError:
        return None
