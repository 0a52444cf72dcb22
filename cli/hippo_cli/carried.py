"""The copy of hippo_play that `hippo` carries.

`hippo` may be installed apart from hippo_play, which needs gymnasium. It reads the copy, and makes
wheels of it, but never imports it.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from hippo_common.errors import HippoError

PACKAGE: Final = "hippo_play"
_SCHEMA: Final = "game.schema.json"


@cache
def folder() -> Path:
    """Return the folder with pyproject.toml and the package.

    Raises:
        HippoError: this installation has none.
    """
    here = Path(__file__).resolve().parent
    for found in (here / "play", here.parents[1] / "play"):  # the installed package, a checkout
        if (found / "pyproject.toml").is_file():
            return found
    raise HippoError("hippo_play is missing from this installation.", "Install hippo again: pip install .")


@cache
def project() -> dict[str, Any]:
    """Return the `project` table of its pyproject.toml."""
    found: dict[str, Any] = tomllib.loads((folder() / "pyproject.toml").read_text("utf-8"))["project"]
    return found


@cache
def game_schema() -> dict[str, Any]:
    """Return the JSON Schema of the `game` part of config.yml."""
    found: dict[str, Any] = json.loads((folder() / PACKAGE / _SCHEMA).read_text("utf-8"))
    return found
