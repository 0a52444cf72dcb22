"""Checks `max_sessions`: how many participants can play at the same time within all limits."""

from __future__ import annotations

from collections.abc import Iterable

from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.quotas import FARGATE

_WHY = (
    "A participant beyond a quota reads that their server failed; a participant beyond max_sessions waits in line and "
    "starts when another one has finished. max_sessions also limits what the servers can cost."
)


def least(findings: Iterable[Finding]) -> Finding | None:
    """Return the finding with the lowest limit; None if Fargate's, usually the lowest, is not known."""
    bounds = [finding for finding in findings if finding.participants is not None]
    if not any(bound.subject == FARGATE for bound in bounds):
        return None
    return min(bounds, key=lambda finding: finding.participants or 0, default=None)


def judge(findings: Iterable[Finding], max_sessions: int | None, *, is_default: bool = False) -> Finding | None:
    """Compare `max_sessions` with the lowest limit; return None if that is not known.

    Args:
        findings: those of the quotas.
        max_sessions: the deployment's limit; None if it has none.
        is_default: the team has not chosen it, so that a limit above the account's is only a warning.
    """
    bound = least(findings)
    if bound is None or bound.participants is None:
        return None
    subject, allowed = "Participants at once", bound.participants
    found = f"{allowed}, limited by {bound.subject}"
    if max_sessions is None:
        return warning(
            subject,
            f"{found}; max_sessions is not set",
            _WHY,
            f"Set max_sessions = {max(allowed, 1)}, or less; raise that limit first if it is too low.",
            allowed,
        )
    if max_sessions > allowed:
        return (warning if is_default and allowed else problem)(
            subject,
            f"{found}; max_sessions is {max_sessions}{' (the default)' if is_default else ''}",
            _WHY,
            f"Raise that limit (see {bound.subject}), or set max_sessions = {max(allowed, 1)}.",
            allowed,
        )
    return ok(subject, f"{max_sessions} (max_sessions); {bound.subject} would allow {allowed}", _WHY, allowed)
