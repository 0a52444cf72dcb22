"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """OK; WARNING: it may cause a fault later; PROBLEM: the deployment would fail, or participants could not play."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """The result of checking one thing.

    Attributes:
        subject: name of the thing, in a few words.
        status: how urgent it is.
        found: what the check found.
        why: why it matters to participants or to the infra team.
        fix: what to do about it, one command per line; empty if nothing is to be done.
        participants: how many participants it allows at the same time; None if it sets no limit.
    """

    subject: str
    status: Status
    found: str
    why: str
    fix: str = ""
    participants: int | None = None


def ok(subject: str, found: str, why: str, participants: int | None = None) -> Finding:
    """Make a finding that needs no action."""
    return Finding(subject, Status.OK, found, why, participants=participants)


def warning(subject: str, found: str, why: str, fix: str, participants: int | None = None) -> Finding:
    """Make a finding that a person should check."""
    return Finding(subject, Status.WARNING, found, why, fix, participants)


def problem(subject: str, found: str, why: str, fix: str, participants: int | None = None) -> Finding:
    """Make a finding that has to be fixed before the deployment."""
    return Finding(subject, Status.PROBLEM, found, why, fix, participants)
