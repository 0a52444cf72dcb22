"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """How a thing stands: fine; worth knowing before it bites; in the way of a deployment or its participants."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what was looked at, in a few words.
        found: what is so.
        why: why it matters to participants, or to those who run the deployment.
        fix: what to do about it, a command a line; empty if nothing is to be done.
        participants: how many may play at once as far as this is concerned; None if it sets no bound.
    """

    subject: str
    status: Status
    found: str
    why: str
    fix: str = ""
    participants: int | None = None


def ok(subject: str, found: str, why: str, participants: int | None = None) -> Finding:
    """Make a finding that asks for nothing."""
    return Finding(subject, Status.OK, found, why, participants=participants)


def warning(subject: str, found: str, why: str, fix: str, participants: int | None = None) -> Finding:
    """Make a finding that somebody should look at."""
    return Finding(subject, Status.WARNING, found, why, fix, participants)


def problem(subject: str, found: str, why: str, fix: str, participants: int | None = None) -> Finding:
    """Make a finding that is in the way."""
    return Finding(subject, Status.PROBLEM, found, why, fix, participants)
