"""Shows a verification's report: as a table, as a file, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from hippo_common import console
from hippo_deploy.verify.plan import AFTERWARDS, CHECKS
from hippo_deploy.verify.results import Result, Status
from hippo_deploy.verify.running import Report
from hippo_deploy.verify.target import Target

_STYLES: Final[Mapping[Status, console.Style]] = {
    Status.PROVEN: "good",
    Status.FAILED: "bad",
    Status.UNPROVEN: "warn",
    Status.NOT_APPLICABLE: "quiet",
}
_PROVES: Final = {check.name: check.proves for check in (*CHECKS, *AFTERWARDS)}


def as_table(report: Report) -> None:
    """Print a table of all checks, then where to look for the unproven ones, and what is left."""
    console.table(
        ["", "check", "seconds", "found"],
        [
            [
                (_word(result), _STYLES[result.status]),
                result.name,
                f"{result.seconds:.0f}",
                result.found.splitlines()[0] if result.found else "",
            ]
            for result in report.results
        ],
        right=["seconds"],
    )
    for result in report.results:
        if result.look or len(result.found.splitlines()) > 1:
            console.say()
            console.say(result.name, "strong")
            console.say(f"  Proves:  {_PROVES.get(result.name, '')}")
            console.say(f"  Found:   {result.found}".replace("\n", "\n           "))
            if result.look:
                console.say(f"  Look at: {result.look}")
    if report.left:
        console.say()
        console.say("Not removed", "strong")
        for line in report.left:
            console.say(f"  {line}")
    console.say()
    console.say(summary(report), "good" if report.passed else "bad")


def summary(report: Report) -> str:
    """Return a summary in one line."""
    counted = ", ".join(
        f"{report.count(status)} {status.value}" for status in Status if report.count(status) or status is Status.PROVEN
    )
    verdict = "The deployment works" if report.passed else "The deployment is not proven to work"
    return f"{verdict}: {counted}, in {report.seconds:.0f} s." + (" Interrupted." if report.interrupted else "")


def as_markdown(report: Report, environment: str, target: Target, now: datetime) -> str:
    """Return the file: deployment, time, the table, and where to look."""
    lines = [
        f"# Verification of {environment}: {'passed' if report.passed else 'NOT passed'}",
        "",
        f"{target.name}, account {target.account_id}, {target.region}, {now:%Y-%m-%d %H:%M} UTC",
        "",
        "| | check | seconds | found |",
        "|---|---|---:|---|",
        *(
            f"| {_word(result)} | {result.name} | {result.seconds:.0f} | {_cell(result.found)} |"
            for result in report.results
        ),
        "",
        summary(report),
    ]
    open_ends = [result for result in report.results if result.look]
    if open_ends:
        lines += ["", "## What to look at", ""]
        lines += [f"- **{result.name}** ({_PROVES.get(result.name, '')}): {result.look}" for result in open_ends]
    if report.left:
        lines += ["", "## Not removed", "", *(f"- {_cell(line)}" for line in report.left)]
    return "\n".join(lines) + "\n"


def as_json(report: Report, environment: str, target: Target) -> dict[str, Any]:
    """Return the report as JSON, checks in the order of the table."""
    return {
        "environment": environment,
        "deployment": target.name,
        "region": target.region,
        "accountId": target.account_id,
        "passed": report.passed,
        "interrupted": report.interrupted,
        "seconds": round(report.seconds, 1),
        "checks": [
            {
                "name": result.name,
                "proves": _PROVES.get(result.name),
                "status": result.status.value,
                "seconds": round(result.seconds, 1),
                "found": result.found,
                "look": result.look or None,
            }
            for result in report.results
        ],
        "notRemoved": report.left,
    }


def _word(result: Result) -> str:
    return "FAILED" if result.status is Status.FAILED else str(result.status.value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
