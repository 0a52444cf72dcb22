"""`hippo validate --game`: hippo_play tries the game out in a child, and its faults become findings.

`python -m hippo_play config.yml --check --json` prints one JSON object: `problems`, each with
`problem` and `fix`, and `facts`, what it found out and measured.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from hippo_cli.game import missing
from hippo_cli.game.python import Python, environment, play_command
from hippo_cli.study import Finding, Severity, Study
from hippo_cli.study.document import parse
from hippo_cli.study.findings import in_order

_SECONDS: Final = 300.0
_WHERE: Final = "project.game"


@dataclass(frozen=True)
class Checked:
    """A study whose game was tried out.

    Attributes:
        study: with the faults of its game among its findings.
        facts: what was found out and measured: name → value.
    """

    study: Study
    facts: Mapping[str, Any]


def check(study: Study, python: Python, command: Callable[[Path], list[str]] | None = None) -> Checked:
    """Try out the game of a study.

    Args:
        study: a study with a `game`.
        python: the Python to run the game in.
        command: config.yml → the command; None: hippo_play.
    """
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
        return _failed(study, what, "Check that an episode of it ends.")
    except OSError as error:
        return _failed(study, f"{python.path} does not run: {error.strerror}", "Name another one with --python.")
    report = _report(done.stdout)
    if report is None:
        reason = missing.explain([*done.stdout.splitlines(), *done.stderr.splitlines()], python, study.folder)
        return _failed(study, reason.what, reason.fix)
    findings = [_of_problem(study, python, each) for each in report["problems"]]
    facts = report.get("facts")
    return Checked(_with(study, findings), facts if isinstance(facts, dict) else {})


def _report(output: str) -> dict[str, Any] | None:
    """Return the JSON object; None if the child printed none. The game may print, too."""
    decoder = json.JSONDecoder()
    for start in _openings(output):
        try:
            found, _ = decoder.raw_decode(output, start)
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("problems"), list):
            return found
    return None


def _openings(output: str) -> Iterator[int]:
    at = 0
    for line in output.splitlines(keepends=True):
        if line.startswith("{"):
            yield at
        at += len(line)


def _of_problem(study: Study, python: Python, problem: Mapping[str, Any]) -> Finding:
    what, fix = str(problem.get("problem")), str(problem.get("fix"))
    missed = missing.package_of(what, python, study.folder)
    return _finding(study, what, fix) if missed is None else _finding(study, missed.what, missed.fix)


def _finding(study: Study, what: str, fix: str) -> Finding:
    """Return a finding at the key of `game` with which its text begins, if it begins with one."""
    key = re.match(r"(?:game\.)?(\w+)\b", what)
    document = parse(study.config.read_bytes(), study.config.name)
    where = f"{_WHERE}.{key[1]}" if key and f"{_WHERE}.{key[1]}" in document.keys else _WHERE
    text = fix[:1].upper() + fix[1:]
    return Finding(Severity.ERROR, "game", document.key_place(where), what.rstrip("."), text, where=where)


def _failed(study: Study, what: str, fix: str) -> Checked:
    return Checked(_with(study, [_finding(study, what, fix)]), {})


def _with(study: Study, findings: list[Finding]) -> Study:
    return replace(study, findings=in_order([*study.findings, *findings], study.config.name))
