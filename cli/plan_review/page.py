"""The review page: what a reviewer has to know, most important first, within the length of a GitHub comment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from plan_review import listing, sections, verdict
from plan_review.changes import Plan
from plan_review.markdown import MAX_CHARACTERS, RESERVED_CHARACTERS, collapsible, items
from plan_review.permissions.documents import parts_known_on_apply
from plan_review.verdict import Found

_TOO_LONG: Final = "_Omitted here, because a GitHub comment is limited to 65,536 characters: see plan.json._"


@dataclass(frozen=True)
class Checks:
    """checkov's result for the plan.

    Attributes:
        passed: how many checks passed.
        excused: how many failed with a written reason in the resource's block.
        failed: a line for each check that failed without a reason.
    """

    passed: int
    excused: int
    failed: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """The inputs of a plan, for the page.

    Attributes:
        environment: name of the environment, such as prod.
        account_id: AWS account.
        region: AWS Region.
        made_at: when the plan was made, UTC.
        versions: the versions of terraform and its providers, as text.
        bundle_sha256: SHA-256 of the bundle, in hexadecimal.
        checks: checkov's result; None if it did not run.
    """

    environment: str
    account_id: str
    region: str
    made_at: datetime
    versions: str
    bundle_sha256: str
    checks: Checks | None = None


def page(plan: Plan, facts: Facts) -> str:
    """Return the review of a plan as Markdown."""
    found = verdict.read(plan, facts.account_id, facts.checks.failed if facts.checks else ())
    head = f"# {_title(plan, facts)}\n\n{_origin(facts)}"
    if not plan.changed:
        return _fit([head, verdict.of_no_change(found), *_failed_checks(facts)])
    parts = [head, verdict.of(found), f"## What changes\n\n{listing.changes(plan.changed)}"]
    if found.policy_changes:
        unresolved = parts_known_on_apply(plan, [one.policy for one in found.policy_changes])
        text = sections.permissions(found.policy_changes, unresolved)
        parts.append(f"## Permissions\n\n{text}")
    else:
        parts.append("## Permissions\n\nNo permission changes.")
    parts.append(f"## Public\n\n{sections.public(found.exposures)}")
    return _fit([*parts, *_rest(found, facts), _how_to_apply(found, facts)])


def summary(plan: Plan) -> str:
    """Return what a plan does, in one line: "3 added, 1 changed, 0 replaced, 0 destroyed"."""
    actions = Counter(change.action for change in plan.changed)
    if not plan.changed:
        return "no changes"
    words = [
        f"{actions['create']} added",
        f"{actions['update']} changed",
        f"{actions['replace']} replaced",
        f"{actions['delete']} destroyed",
    ]
    if actions["forget"]:
        words.append(f"{actions['forget']} removed from the state")
    imported = sum(1 for change in plan.changed if change.imported)
    if imported:
        words.append(f"{imported} imported")
    return ", ".join(words)


def _title(plan: Plan, facts: Facts) -> str:
    return f"Plan for {facts.environment}: {summary(plan)}"


def _origin(facts: Facts) -> str:
    made = f"{facts.made_at:%Y-%m-%d %H:%M} UTC"
    return f"Account {facts.account_id}, Region {facts.region}. Made {made} with {facts.versions}."


def _rest(found: Found, facts: Facts) -> list[str]:
    parts = [
        f"## Code\n\n{sections.code(found.functions, facts.bundle_sha256)}",
        f"## Cost\n\nAbout {sections.line_of(found.cost)}.\n\n"
        f"{collapsible('how this is calculated', sections.cost(found.cost))}",
    ]
    if facts.checks:
        text = f"checkov: {facts.checks.passed} checks passed, {facts.checks.excused} excused with a written reason"
        failed = facts.checks.failed
        text += f", **{len(failed)} failed**:\n\n{items(failed)}" if failed else ", none failed."
        parts.append(f"## Checks\n\n{text}")
    return parts


def _failed_checks(facts: Facts) -> list[str]:
    failed = facts.checks.failed if facts.checks else ()
    return [f"## Checks\n\nFailed without a written reason:\n\n{items(failed)}"] if failed else []


def _how_to_apply(found: Found, facts: Facts) -> str:
    things = sorted({risk.thing for risk in found.risks if risk.severity == "loss"})
    allow = f" ALLOW_DATA_LOSS={','.join(things)}" if things else ""
    return (
        f"---\n\nTo apply exactly this plan: `make deploy ENV={facts.environment}{allow}`. The command refuses it "
        "if the bundle, the Terraform files, the settings or the deployment have changed since."
    )


def _fit(parts: Sequence[str]) -> str:
    """Shorten the longest parts, but never the head and the verdict, until the page fits a GitHub comment."""
    room = MAX_CHARACTERS - RESERVED_CHARACTERS
    kept = list(parts)
    while len("\n\n".join(kept)) > room:
        longest = max(range(2, len(kept)), key=lambda at: len(kept[at]))
        if kept[longest].endswith(_TOO_LONG):
            break
        heading = kept[longest].split("\n", 1)[0]
        over = len("\n\n".join(kept)) - room
        kept[longest] = _shortened(kept[longest], heading, over)
    return "\n\n".join(kept)[:MAX_CHARACTERS] + "\n"


def _shortened(part: str, heading: str, over: int) -> str:
    """Return a part without its tail, cut between two blocks; only its heading if that is not enough."""
    wanted = len(part) - over - len(_TOO_LONG) - 10
    blocks, shown = part.split("\n\n"), ""
    for block in blocks:
        if len(shown) + len(block) + 2 > wanted:
            break
        shown += block + "\n\n"
    opened = shown.count("<details>") - shown.count("</details>")
    return (shown if shown.strip() else f"{heading}\n\n") + "</details>\n\n" * opened + _TOO_LONG
