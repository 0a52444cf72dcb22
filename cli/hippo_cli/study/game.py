"""The `game` part of config.yml: the game that `hippo_play` serves.

The master list does not hold it. `hippo preview` runs it on this machine, and `hippo submit` puts
it into the container's image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from jsonschema import Draft202012Validator

from hippo_cli import carried
from hippo_cli.study import boundary
from hippo_cli.study.document import Document, below
from hippo_cli.study.findings import Finding, Severity
from hippo_cli.study.fixes import UNKNOWN_KEY
from hippo_gym.runtime import schemas
from hippo_gym.runtime.schemas import Fault
from hippo_gym.studies.projects import GAME as GAME_STEP

GAME: Final = "game"
WHERE: Final = "project.game"
_EXAMPLE: Final = "`game: {env: CartPole-v1}` or `game: {file: game.py}`"


def read(project: Mapping[str, Any]) -> Any:
    """Return a project's game: a mapping, or a list of named blocks; None if it has none."""
    return project.get(GAME) or None


def judge(document: Document, project: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    """Yield the faults of the game that show without its packages; `--check` finds the others."""
    if GAME not in project:
        return
    place, found = document.place(WHERE), project[GAME]
    parts = found if isinstance(found, list) else [found]
    if not parts or not all(isinstance(part, Mapping) for part in parts):
        fix = f"Write {_EXAMPLE}."
        yield Finding(Severity.ERROR, "not-allowed", place, "game: found no keys", fix, where=WHERE)
        return
    for index, part in enumerate(parts):
        path = f"{WHERE}[{index}]" if isinstance(found, list) else WHERE
        yield from _of_part(document, path, part, folder)
    steps = project.get("steps")
    if not isinstance(steps, Mapping) or GAME_STEP not in steps.values():
        what = "config.yml describes a game, but no step is the game"
        fix = "Write `game` as the step with the game, or delete `game:`."
        yield Finding(Severity.WARNING, "no-game", document.key_place(WHERE), what, fix, where=WHERE)


def _of_part(document: Document, path: str, part: Mapping[str, Any], folder: Path) -> Iterator[Finding]:
    if ("env" in part) == ("file" in part):
        what = "game has both `env` and `file`" if "env" in part else "game has neither `env` nor `file`"
        place = document.place(path)
        yield Finding(Severity.ERROR, "not-allowed", place, what, f"Write {_EXAMPLE}.", where=path)
    for fault in schemas.faults_of(_validator().iter_errors(part)):
        if fault.path != "(top)":
            yield _of_fault(document, path, fault)
    file = part.get("file")
    where = below(path, "file")
    if isinstance(file, str) and (PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts):
        what, fix = f"{file} is not in the study's folder", "Move it there, and write its name."
        yield Finding(Severity.ERROR, "game-file", document.place(where), what, fix, where=where)
    elif isinstance(file, str) and (target := boundary.outside(folder / file, folder)) is not None:
        what = f"{file} leads out of the study's folder, to {target}"
        yield Finding(Severity.ERROR, "game-file", document.place(where), what, boundary.FIX, where=where)
    elif isinstance(file, str) and not (folder / file).is_file():
        what = f"the study's folder has no file {file}"
        fix = f"Write the game in {file}, or name another file."
        yield Finding(Severity.ERROR, "game-file", document.place(where), what, fix, where=where)


def judge_policies(document: Document, project: Mapping[str, Any], conditions: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the policies by condition that leave participants of the study without one.

    hippo_play takes the policy whose key is the participant's value of one condition.
    """
    found = read(project)
    for index, part in enumerate(found if isinstance(found, list) else [found]):
        policy = part.get("policy") if isinstance(part, Mapping) else None
        if not isinstance(policy, Mapping) or any(set(values) <= set(policy) for values in conditions.values()):
            continue
        where = below(f"{WHERE}[{index}]" if isinstance(found, list) else WHERE, "policy")
        what = f"policy has {', '.join(policy) or 'no keys'}: these are not all values of one condition"
        fix = "Write a policy for each value of one of the `conditions:`."
        allowed = "; or ".join(", ".join(values) for values in conditions.values()) or "one policy: no `conditions:`"
        yield Finding(Severity.ERROR, "policy-condition", document.key_place(where), what, fix, allowed, where)


def _of_fault(document: Document, path: str, fault: Fault) -> Finding:
    where, key = f"{path}.{fault.path}", fault.path.rpartition(".")[2]
    if fault.found == UNKNOWN_KEY:
        what = f"{key!r} is not a known key of a game"
        fix = f"Rename it to `{fault.nearest}`." if fault.nearest else "Delete it."
        return Finding(Severity.ERROR, "unknown-key", document.key_place(where), what, fix, fault.allowed, where)
    what, fix = f"{key}: found {fault.found}", "Change it to what is allowed."
    return Finding(Severity.ERROR, "not-allowed", document.place(where), what, fix, fault.allowed, where)


@cache
def _validator() -> Draft202012Validator:
    """Return the validator of one block; hippo_play's schema also has the rules of the keys of each."""
    schema = carried.game_schema()
    return Draft202012Validator({"$ref": "#/$defs/block", "$defs": schema["$defs"]})
