"""What a check finds."""

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
    """What came of one check.

    Attributes:
        name: of the check.
        found: what was seen, in a sentence.
        seconds: how long the check took.
        look: what to look at; empty if nothing is to be done.
    """

    name: str
    status: Status
    found: str
    seconds: float = 0.0
    look: str = ""


class Failed(Exception):
    """The deployment does not do what the check proves; the text says what was seen instead."""


class Unproven(Exception):
    """The check could not find out; the text says why."""


class NotApplicable(Exception):
    """The deployment does not have the feature; the text says why."""


class Cancelled(Exception):
    """The verification is being ended from outside: by Ctrl-C, or by a fault of the command itself."""
