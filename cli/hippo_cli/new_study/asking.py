"""Asks for what the command line of `hippo init` does not say, if there is a terminal."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hippo_cli.new_study.writing import id_of
from hippo_common import console
from hippo_common.errors import WRONG_USE, HippoError

_EXAMPLE: Final = "CartPole-v1"


@dataclass(frozen=True)
class Given:
    """What the command line says; None where it says nothing."""

    folder: Path | None
    env: str | None
    name: str | None
    researcher: str | None
    code: bool | None


@dataclass(frozen=True)
class NewStudy:
    """What a new study needs.

    Attributes:
        env: id of a gymnasium environment.
        code: the game is Python code, not a key of config.yml.
    """

    folder: Path
    env: str
    name: str
    researcher: str
    code: bool


def complete(given: Given) -> NewStudy:
    """Return the whole, with answers on a terminal, and with defaults elsewhere.

    Raises:
        HippoError: the folder or the environment is not given, and there is no terminal.
    """
    asks = sys.stdin.isatty()
    folder = given.folder
    if folder is None:
        _require(asks, "The study's folder", "hippo init my_study")
        folder = Path(console.ask("The study's folder", "my_study"))
    env = given.env
    if env is None:
        _require(asks, "The game", f"hippo init {folder} --env {_EXAMPLE}")
        env = console.ask("The game: the id of a gymnasium environment", _EXAMPLE)
    code = given.code
    if code is None:
        code = bool(asks and given.env is None and console.confirm("Write the game as Python code, too?", yes=False))
    usual = id_of(folder).replace("_", " ").replace("-", " ").capitalize()
    name = given.name or (console.ask("The study's name, as participants read it", usual) if asks else usual)
    researcher = given.researcher
    if researcher is None:
        researcher = console.ask("Your name, as participants read it (may be empty)", "") if asks else ""
    return NewStudy(folder, env.strip(), name.strip(), researcher.strip(), code)


def _require(asks: bool, what: str, example: str) -> None:
    if not asks:
        raise HippoError(f"{what} is not given, and there is no terminal to ask.", f"Write: {example}", WRONG_USE)
