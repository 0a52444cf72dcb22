"""Read the GitHub workflows and the Makefile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[3]
GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ACTIONS = sorted((GITHUB / "actions").glob("*/action.yml"))


@dataclass(frozen=True)
class Job:
    """One job of a workflow."""

    workflow: str
    name: str
    definition: Mapping[str, Any]

    @property
    def steps(self) -> list[Mapping[str, Any]]:
        return list(self.definition["steps"])

    @property
    def permissions(self) -> Mapping[str, str]:
        return dict(self.definition["permissions"])

    @property
    def commands(self) -> str:
        return "\n".join(step.get("run", "") for step in self.steps)

    def __str__(self) -> str:
        return f"{self.workflow}-{self.name}"


def read(path: Path) -> Mapping[str, Any]:
    """Read a file; YAML reads the key `on` as true."""
    document = yaml.safe_load(path.read_text("utf-8"))
    return {"on" if key is True else key: value for key, value in document.items()}


def jobs() -> list[Job]:
    return [Job(path.stem, name, definition) for path in WORKFLOWS for name, definition in read(path)["jobs"].items()]


def job(workflow: str, name: str) -> Job:
    [found] = [each for each in jobs() if (each.workflow, each.name) == (workflow, name)]
    return found


def step(workflow: str, name: str, containing: str) -> str:
    """Return the script of the step whose script contains a text."""
    [found] = [each["run"] for each in job(workflow, name).steps if containing in each.get("run", "")]
    return str(found)


def uses() -> Iterator[tuple[str, str, str]]:
    """Yield file, action and the rest of the line of every `uses`."""
    for path in [*WORKFLOWS, *ACTIONS]:
        for line in path.read_text("utf-8").splitlines():
            found = re.match(r"\s*(?:- )?uses:\s*([^\s@]+)(.*)$", line)
            if found:
                yield path.name, found[1], found[2]


def targets() -> dict[str, str]:
    """Return each target of the Makefile with its recipe."""
    text = (REPOSITORY / "Makefile").read_text("utf-8")
    found = re.finditer(r"^([a-z0-9-]+):(?!=)[^\n]*\n((?:\t.*\n)*)", text, re.MULTILINE)
    return {each[1]: each[2] for each in found}
