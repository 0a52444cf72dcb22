"""The number that all bounds come to: how many participants may play at once."""

from __future__ import annotations

from collections.abc import Iterable

from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.quotas import FARGATE

_WHY = (
    "Whoever comes beyond a quota reads that their server failed; whoever comes beyond max_sessions waits in line and "
    "is let in when somebody has finished. max_sessions is also the most that can be spent at once."
)


def least(findings: Iterable[Finding]) -> Finding | None:
    """Return the finding that lets fewest participants play; None if Fargate's, mostly the least, is not known."""
    bounds = [finding for finding in findings if finding.participants is not None]
    if not any(bound.subject == FARGATE for bound in bounds):
        return None
    return min(bounds, key=lambda finding: finding.participants or 0, default=None)


def judge(findings: Iterable[Finding], max_sessions: int | None) -> Finding | None:
    """Hold `max_sessions` against the least bound of all; None if it cannot be told."""
    bound = least(findings)
    if bound is None or bound.participants is None:
        return None
    subject, allowed = "Participants at once", bound.participants
    found = f"{allowed}, by {bound.subject}"
    if max_sessions is None:
        return warning(
            subject,
            f"{found}; max_sessions is not set",
            _WHY,
            f"Set max_sessions = {max(allowed, 1)}, or less; raise that bound first if it is too few.",
            allowed,
        )
    if max_sessions > allowed:
        return problem(
            subject,
            f"{found}; max_sessions is {max_sessions}",
            _WHY,
            f"Raise that bound (see {bound.subject}), or set max_sessions = {max(allowed, 1)}.",
            allowed,
        )
    return ok(subject, f"{max_sessions}, which is max_sessions; {bound.subject} would allow {allowed}", _WHY, allowed)
