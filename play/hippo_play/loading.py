"""Finds the games that a target names: a `game.py`, an id of gymnasium's, or a study's config.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from .blocks import Block
from .faults import explained
from .game import Game, GameError, Problem, arguments
from .policies.loading import import_file


def load(target: str) -> tuple[Block, ...]:
    """Return the blocks of a target.

    Raises:
        GameError: the target names no game; every fault with its fix.
    """
    path = Path(target)
    if path.suffix in (".yml", ".yaml"):
        return _from_config(path)
    if path.suffix == ".py":
        return _from_python(path, {})
    return (Block(Game(target), Path()),)


def _from_python(path: Path, changes: Mapping[str, Any]) -> tuple[Block, ...]:
    """Return the game of a Python file: its variable `game`, or a list of games in it."""
    if not path.is_file():
        raise GameError(Problem(f"{path} does not exist", "write the path of your game.py"))
    try:
        found: Any = getattr(import_file(path), "game", None)
    except Exception as error:
        raise explained(error, f"importing {path.name}") from error
    games: Any = found if isinstance(found, list | tuple) else [found]
    if not games or not all(isinstance(each, Game) for each in games):
        fix = "write game = Game(lambda: gymnasium.make(…), …) in it"
        raise GameError(Problem(f"{path} has no variable `game` with a Game", fix))
    return tuple(Block(replace(each, **changes), path.parent) for each in games)


def _from_config(path: Path) -> tuple[Block, ...]:
    if not path.is_file():
        raise GameError(Problem(f"{path} does not exist", "write the path of the study's config.yml"))
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise GameError(Problem(f"{path} is no YAML: {error}", "fix the line that is named")) from error
    project = config.get("project") if isinstance(config, dict) else None
    given = project.get("game") if isinstance(project, dict) else None
    fix = "write project: game: {env: CartPole-v1}, or {file: game.py}"
    if given is None:
        raise GameError(Problem(f"{path} has no project.game", fix))
    blocks = given if isinstance(given, list) else [given]
    if not blocks or not all(isinstance(each, Mapping) for each in blocks):
        raise GameError(Problem(f"{path}: project.game must be a mapping or a list of mappings, not {given!r}", fix))
    return _named([block for each in blocks for block in _block(each, path.parent)])


def _block(given: Mapping[str, Any], folder: Path) -> tuple[Block, ...]:
    fix = "write env: with an id of gymnasium's, or file: with the path of a game.py"
    if ("env" in given) == ("file" in given):
        raise GameError(Problem(f"game needs one of env and file, not {'both' if 'env' in given else 'neither'}", fix))
    changes = arguments(given)
    if "file" not in given:
        return (Block(Game(**changes), folder),)
    if not isinstance(given["file"], str):
        raise GameError(Problem(f"game.file must be a path, not {given['file']!r}", fix))
    return _from_python(folder / given["file"], changes)


def _named(blocks: list[Block]) -> tuple[Block, ...]:
    names = [block.game.name for block in blocks]
    if len(blocks) > 1 and len(set(names)) < len(names):
        raise GameError(Problem("the blocks of game have no names of their own", "write name: practice, name: test, …"))
    return tuple(blocks)
