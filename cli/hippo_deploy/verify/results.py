"""The results of checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """How a check ended. A verification passes if every check is PROVEN or NOT_APPLICABLE."""

    PROVEN = "proven"
    FAILED = "failed"
    UNPROVEN = "not proven"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Result:
    """The result of one check.

    Attributes:
        name: the check's name.
        found: what the check found, as a sentence.
        seconds: the time that the check took.
        look: where to look for the cause; empty if there is nothing to do.
    """

    name: str
    status: Status
    found: str
    seconds: float = 0.0
    look: str = ""


class Failed(Exception):
    """The deployment does not do what the check proves; the text says what the check found."""


class Unproven(Exception):
    """The check could not decide; the text says why."""


class NotApplicable(Exception):
    """The deployment does not have the feature; the text says why."""


class Cancelled(Exception):
    """Ctrl-C or a fault of the command ends the verification."""
