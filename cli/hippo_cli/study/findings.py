"""Findings: faults and probable mistakes in a study, each with its place and a fix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error keeps a study from being submitted; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Finding:
    """One fault.

    Attributes:
        severity: an error or a warning.
        code: the kind of finding, a stable name for programs.
        place: where the fault is; the file's name is relative to the study's folder.
        where: the key of config.yml with the fault, for example `project.steps.3`; None in a page.
        what: the fault.
        allowed: the allowed values; None if `what` names them.
        fix: what to do.
    """

    severity: Severity
    code: str
    place: Place
    what: str
    fix: str
    allowed: str | None = None
    where: str | None = None

    @property
    def file(self) -> str:
        """The name of the file with the fault, relative to the study's folder."""
        return self.place.file

    @property
    def line(self) -> int:
        """The line of the fault; 1 is the first."""
        return self.place.line

    @property
    def column(self) -> int:
        """The column of the fault; 1 is the first."""
        return self.place.column


def in_order(findings: Iterable[Finding], first: str) -> tuple[Finding, ...]:
    """Return findings in the order to show: the file `first`, then the others, by line.

    Drop duplicates.
    """

    def order(finding: Finding) -> tuple[bool, Place, str, str]:
        return (finding.file != first, finding.place, finding.severity, finding.what)

    return tuple(sorted(dict.fromkeys(findings), key=order))
