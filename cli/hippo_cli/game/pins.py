"""The packages that a game's image needs, each with the version that the study's Python has.

So participants play with the versions that the researcher tried. The study's requirements.txt says
which packages the game needs; without one, the environments that the game names and the modules
that its files import say it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from hippo_cli.game import wheel
from hippo_common.errors import HippoError

REQUIREMENTS: Final = "requirements.txt"
_FAMILIES: Final[Mapping[str, str | None]] = {
    "box2d": "Box2D",
    "classic_control": None,
    "mujoco": "gymnasium[mujoco]",
    "toy_text": None,
}
"""The module of a family of gymnasium's environments → what it needs besides hippo_play's packages."""

_NAMESPACES: Final = {"ALE": "ale-py"}
_OWN: Final = frozenset({"hippo-play", "hippo-gym-aws", "hippo-cli"})
"""Distributions that the image gets as a wheel, or not at all."""


@dataclass(frozen=True)
class Installed:
    """What is installed in the study's Python: the JSON object of `survey`."""

    python: tuple[int, int]
    play: Path | None
    distributions: Mapping[str, Mapping[str, Any]]
    modules: Mapping[str, list[str]]
    environments: Mapping[str, str]

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Installed:
        """Read the object."""
        return cls(
            python=(int(found["python"][0]), int(found["python"][1])),
            play=Path(found["play"]) if found["play"] else None,
            distributions={canonicalize_name(each["name"]): each for each in found["distributions"] if each["name"]},
            modules=found["modules"],
            environments=found["environments"],
        )


def texts(game: Any, folder: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Return the texts of a game that may be ids of environments, each once."""
    found = [*_texts_in(game)]
    for tree in _trees(folder, files):
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        found += [value for value in constants if isinstance(value, str)]
    return tuple(dict.fromkeys(text for text in found if re.fullmatch(r"[\w./-]{1,100}-v\d+", text)))


def roots(game: Any, folder: Path, files: Iterable[str], installed: Installed) -> list[Requirement]:
    """Return what the game needs directly.

    Raises:
        HippoError: requirements.txt has a line that the image cannot install.
    """
    own = [Requirement(each) for each in wheel.requirements()]
    listed = folder / REQUIREMENTS
    if listed.is_file():
        return [*own, *_listed(listed)]
    files = list(files)
    found: set[str] = set()
    for text in texts(game, folder, files):
        module = installed.environments.get(text, "")
        family = module.removeprefix("gymnasium.envs.").partition(".")[0]
        namespace = _NAMESPACES.get(text.partition("/")[0])
        if family in _FAMILIES:
            needed = _FAMILIES[family]
            found |= {needed} if needed is not None else set()
        elif namespace is not None:
            found.add(namespace)
        elif module:
            found |= set(installed.modules.get(module.partition(".")[0], []))
    for tree in _trees(folder, files):
        for module in _imported(tree):
            found |= set(installed.modules.get(module, []))
    return own + [Requirement(each) for each in sorted(found) if canonicalize_name(each) not in _OWN]


def pinned(needed: Iterable[Requirement], installed: Installed) -> str:
    """Return the content of a requirements.txt: what is needed, and what that needs, with versions.

    Raises:
        HippoError: a package was installed from a folder of this machine.
    """
    environment: dict[str, str] = _target(installed.python)
    lines: dict[str, str] = {}
    waiting = [(each, True) for each in needed]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted, is_root = waiting.pop()
        name = canonicalize_name(wanted.name)
        key = (name, frozenset(wanted.extras))
        if key in seen or name in _OWN:
            continue
        seen.add(key)
        found = installed.distributions.get(name)
        if found is None:
            if is_root:
                lines[name] = _as_line(wanted)
            continue
        if found["local"]:
            raise HippoError(
                f"The game needs {found['name']}, which was installed from a folder or an address of this machine: "
                "the image cannot install it.",
                "Put its code into the study's folder, or write a Dockerfile beside config.yml.",
            )
        lines[name] = f"{found['name']}=={found['version']}"
        waiting += [(each, False) for each in _requires(found, wanted.extras, environment)]
    return "".join(f"{lines[name]}\n" for name in sorted(lines))


def _requires(found: Mapping[str, Any], extras: set[str], environment: Mapping[str, str]) -> Iterator[Requirement]:
    for text in found["requires"]:
        each = Requirement(text)
        needed = ({**environment, "extra": extra} for extra in ("", *extras))
        if each.marker is None or any(each.marker.evaluate(values) for values in needed):
            yield each


def _target(python: tuple[int, int]) -> dict[str, str]:
    """Return the markers' values in the image: the study's Python version, on Linux."""
    version = f"{python[0]}.{python[1]}"
    return {
        "python_version": version,
        "python_full_version": f"{version}.0",
        "implementation_version": f"{version}.0",
        "platform_machine": "x86_64",
        "platform_release": "",
        "platform_version": "",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }


def _listed(path: Path) -> Iterator[Requirement]:
    for number, line in enumerate(path.read_text("utf-8-sig", errors="replace").splitlines(), start=1):
        text = re.sub(r"(^|\s)#.*", "", line).partition(" --hash")[0].strip().rstrip("\\").strip()
        if not text or text.startswith("--hash"):
            continue
        try:
            yield Requirement(text)
        except InvalidRequirement as error:
            raise HippoError(
                f"{path.name}, line {number}: {text!r} is not a package with a version, so `hippo` cannot pin it.",
                "Write lines such as gymnasium==1.2.0, or write a Dockerfile beside config.yml.",
            ) from error


def _as_line(wanted: Requirement) -> str:
    extras = f"[{','.join(sorted(wanted.extras))}]" if wanted.extras else ""
    return f"{wanted.name}{extras} @ {wanted.url}" if wanted.url else f"{wanted.name}{extras}{wanted.specifier}"


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts_in(part)


def _trees(folder: Path, files: Iterable[str]) -> Iterator[ast.AST]:
    for file in files:
        if file.endswith(".py"):
            try:
                yield ast.parse((folder / file).read_bytes())
            except (SyntaxError, ValueError):
                continue  # `hippo validate --game` shows it


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
