"""Shows the findings of a preflight, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hippo_common import console
from hippo_common.words import count
from hippo_deploy.preflight.findings import Status
from hippo_deploy.preflight.running import Report
from hippo_deploy.preflight.wanted import Wanted

_SHOWN: Final[Mapping[Status, console.Cell]] = {
    Status.OK: ("ok", "good"),
    Status.WARNING: ("warning", "warn"),
    Status.PROBLEM: ("PROBLEM", "bad"),
}


def as_table(report: Report) -> None:
    """Print all findings in a table, problems first; then the reason and the fix of each problem and warning."""
    console.table(
        ["", "what", "found", "participants"],
        [
            [
                _SHOWN[finding.status],
                finding.subject,
                finding.found,
                "" if finding.participants is None else f"{finding.participants:,}",
            ]
            for finding in report.by_urgency
        ],
        right=["participants"],
    )
    for finding in report.by_urgency:
        if finding.status is not Status.OK:
            console.say()
            console.say(finding.subject, "strong")
            console.say(f"  Why:   {finding.why}")
            console.say(f"  To do: {finding.fix}".replace("\n", "\n         "))
    console.say()
    console.say(summary(report), "bad" if report.count(Status.PROBLEM) else "good")


def summary(report: Report) -> str:
    """Return the counts and the number of participants in one line."""
    problems, warnings = report.count(Status.PROBLEM), report.count(Status.WARNING)
    counted = f"{count(problems, 'problem')}, {count(warnings, 'warning')}"
    if report.participants is None:
        return f"{counted}."
    return f"{counted}. The account allows {count(report.participants, 'participant')} at once."


def as_json(report: Report, environment: str, wanted: Wanted) -> dict[str, Any]:
    """Return the report for a program; findings in the same order as in the table."""
    return {
        "environment": environment,
        "deployment": wanted.name,
        "region": wanted.region,
        "accountId": report.account_id,
        "participants": report.participants,
        "problems": report.count(Status.PROBLEM),
        "warnings": report.count(Status.WARNING),
        "findings": [
            {
                "subject": finding.subject,
                "status": finding.status.value,
                "found": finding.found,
                "why": finding.why,
                "fix": finding.fix or None,
                "participants": finding.participants,
            }
            for finding in report.by_urgency
        ],
    }
