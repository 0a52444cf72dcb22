"""`hippo validate --game`: hippo_play tries the game out in a child, and its faults become findings.

`python -m hippo_play config.yml --check --json` prints one JSON object: `problems`, each with
`problem`, `fix`, and if it can be named `where`, a key of `game`, and `severity`; and what it
measured.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from hippo_cli.game import missing
from hippo_cli.game.python import Python, environment, play_command
from hippo_cli.study import Finding, Place, Severity, Study
from hippo_cli.study.document import parse
from hippo_cli.study.findings import in_order

_SECONDS: Final = 300.0
_WHERE: Final = "project.game"


def check(study: Study, python: Python, command: Callable[[Path], list[str]] | None = None) -> Study:
    """Return the study with the faults of its game among its findings.

    Args:
        study: the study; without a `game` it is returned unchanged.
        python: the Python to run the game in.
        command: config.yml → the command; None: hippo_play.
    """
    if study.game is None:
        return study
    made = (command or (lambda config: play_command(python, config, "--check", "--json")))(study.config.resolve())
    try:
        done = subprocess.run(
            made,
            cwd=study.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        what = f"the game was not tried out within {_SECONDS / 60:g} minutes"
        return _with(study, [_finding(study, what, "Check that an episode of it ends.")])
    except OSError as error:
        return _with(study, [_finding(study, f"{python.path} does not run: {error.strerror}", "Name one: --python.")])
    problems = _problems(done.stdout)
    if problems is None:
        reason = missing.explain([*done.stdout.splitlines(), *done.stderr.splitlines()], python, study.folder)
        return _with(study, [_finding(study, reason.what, reason.fix)])
    return _with(study, [_of_problem(study, each) for each in problems])


def _problems(output: str) -> list[Mapping[str, Any]] | None:
    """Return the problems; None if the child printed none of the expected JSON. The game may print, too."""
    decoder = json.JSONDecoder()
    for start in _openings(output):
        try:
            found, _ = decoder.raw_decode(output, start)
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("problems"), list):
            return [each for each in found["problems"] if isinstance(each, dict)]
    return None


def _openings(output: str) -> Iterator[int]:
    at = 0
    for line in output.splitlines(keepends=True):
        if line.startswith("{"):
            yield at
        at += len(line)


def _of_problem(study: Study, problem: Mapping[str, Any]) -> Finding:
    what = str(problem.get("problem") or problem.get("what") or "the game has a fault")
    severity = Severity.WARNING if problem.get("severity") == "warning" else Severity.ERROR
    key = problem.get("where")
    return _finding(study, what, str(problem.get("fix") or "See what it prints: hippo preview."), severity, key)


def _finding(study: Study, what: str, fix: str, severity: Severity = Severity.ERROR, key: Any = None) -> Finding:
    where = f"{_WHERE}.{key.removeprefix('game.')}" if isinstance(key, str) and key not in ("", "game") else _WHERE
    try:
        place = parse(study.config.read_bytes(), study.config.name).key_place(where)
    except OSError:
        place = Place(study.config.name)
    return Finding(severity, "game", place, what.rstrip("."), fix, where=where)


def _with(study: Study, findings: list[Finding]) -> Study:
    return replace(study, findings=in_order([*study.findings, *findings], study.config.name))
