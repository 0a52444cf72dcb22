"""Errors that a researcher's own code raised, as problems with a fix."""

from __future__ import annotations

import traceback

from .game import GameError, Problem


def explained(error: Exception, doing: str) -> GameError:
    """Return what a researcher's code raised, with its file and line.

    doing: what was tried, such as `importing game.py`.
    """
    if isinstance(error, GameError):
        return error
    if isinstance(error, SyntaxError):
        where, what = f"{error.filename}, line {error.lineno}", f"{type(error).__name__}: {error.msg}"
    else:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where, what = f"{frame.filename}, line {frame.lineno}", f"{type(error).__name__}: {error}"
    fix = "fix it there"
    if isinstance(error, ModuleNotFoundError) and error.name:
        fix = f"install it: pip install {error.name}, and add it to requirements.txt"
    return GameError(Problem(f"{doing} raised {what} ({where})", fix))
