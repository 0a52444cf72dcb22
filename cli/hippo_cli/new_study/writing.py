"""Fills in the files of `template/`, and writes all of them or none."""

from __future__ import annotations

import html
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Final

import yaml

from hippo_common.errors import HippoError

_TEMPLATE: Final = Path(__file__).parent / "template"
_CODE: Final = ("game.py", "requirements.txt")
_ID_LENGTH: Final = 63


def id_of(folder: Path) -> str:
    """Return the id of a study in this folder: its name, in characters that an id may have."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", folder.resolve().name).strip("_-")
    return name[:_ID_LENGTH] or "study"


def files(*, study_id: str, env: str, name: str, researcher: str, code: bool) -> dict[str, str]:
    """Return the files of a new study: name → content.

    Args:
        study_id: the study's id.
        env: the id of a gymnasium environment.
        name: of the study, plain text.
        researcher: the person whom participants contact; "" leaves it open.
        code: the game is in game.py.
    """
    plain = {
        "id": study_id,
        "name": _as_yaml(name),
        "researcher": _as_yaml(researcher or None),
        "game": "{file: game.py}" if code else f"{{env: {_as_yaml(env)}, episodes: 3}}",
        "env": json.dumps(env),
    }
    shown = {"name": html.escape(name), "contact": html.escape(researcher) or "the research team"}
    found = {}
    for path in sorted(_TEMPLATE.glob("*.in")):
        file = path.name.removesuffix(".in")
        if code or file not in _CODE:
            values = plain | shown if file.endswith(".html") else plain
            found[file] = Template(path.read_text("utf-8")).substitute(values)
    return found


def write(folder: Path, content: Mapping[str, str]) -> None:
    """Write files into a folder, which is created if missing.

    Raises:
        HippoError: one of them exists, or the folder cannot be written; nothing was written.
    """
    taken = [file for file in content if (folder / file).exists()]
    if taken:
        raise HippoError(
            f"{folder} has {', '.join(taken)} already. Nothing was written.",
            "Name another folder: hippo init my_study.",
        )
    created = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".hippo-init-") as unfinished:
            for file, text in content.items():
                (Path(unfinished) / file).write_text(text, "utf-8")
            for file in content:
                (Path(unfinished) / file).rename(folder / file)
    except OSError as error:
        if created:
            shutil.rmtree(folder, ignore_errors=True)
        raise HippoError(f"{folder} cannot be written: {error.strerror}.", "Name another folder.") from error


def _as_yaml(value: Any) -> str:
    """Return a value as YAML in one line."""
    text: str = yaml.safe_dump(value, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("...").strip()
