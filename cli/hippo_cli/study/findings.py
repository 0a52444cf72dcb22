"""Findings: what is wrong, or probably not meant, in a study; each with its place and what to do."""

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
    """Where in a file something stands; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        severity: an error or a warning.
        code: the kind of finding, a name that programs may rely on.
        place: where it was found; the file's name is relative to the study's folder.
        where: the key of config.yml that it is about, for example `project.steps.3`; None in a page.
        what: what is wrong.
        allowed: what is right instead; None if `what` says it.
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
        """The name of the file that it was found in, relative to the study's folder."""
        return self.place.file

    @property
    def line(self) -> int:
        """The line that it was found in; 1 is the first."""
        return self.place.line

    @property
    def column(self) -> int:
        """The column that it was found at; 1 is the first."""
        return self.place.column


def in_order(findings: Iterable[Finding], first: str) -> tuple[Finding, ...]:
    """Return findings as they are shown: file by file, one of them first, from top to bottom; each once."""

    def order(finding: Finding) -> tuple[bool, Place, str, str]:
        return (finding.file != first, finding.place, finding.severity, finding.what)

    return tuple(sorted(dict.fromkeys(findings), key=order))
