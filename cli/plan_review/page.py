"""The review page: what a reviewer has to know, most important first, within the length of a GitHub comment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hippo_common.words import count
from plan_review import sections
from plan_review.changes import Change, Plan
from plan_review.code import Function, functions
from plan_review.costs.estimate import estimate
from plan_review.data import Risk, risks
from plan_review.differences import differences
from plan_review.markdown import MAX_CHARACTERS, RESERVED_CHARACTERS, collapsible, first_few, items, joined
from plan_review.names import label
from plan_review.permissions.documents import parts_known_on_apply, policies
from plan_review.permissions.wording import sweeping
from plan_review.public import Exposure, exposures
from plan_review.sections import PolicyChange

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


@dataclass(frozen=True)
class _Found:
    """Everything that the page shows."""

    plan: Plan
    policy_changes: list[PolicyChange]
    exposures: list[Exposure]
    risks: list[Risk]
    functions: list[Function]

    @property
    def is_first(self) -> bool:
        """Whether nothing is deployed yet."""
        return not any(change.existed for change in self.plan.resources)


def page(plan: Plan, facts: Facts) -> str:
    """Return the review of a plan as Markdown."""
    found = _Found(
        plan,
        sections.policy_changes(policies(plan)) if plan.changed else [],
        exposures(plan),
        risks(plan),
        functions(plan),
    )
    head = f"# {_title(plan, facts)}\n\n{_origin(facts)}"
    if not plan.changed:
        return _fit([head, _nothing(found), *_rest(found, facts)])
    parts = [head, _verdict(found, facts), f"## What changes\n\n{sections.changes(plan.changed)}"]
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


def _nothing(found: _Found) -> str:
    text = "**No changes.** The deployment matches this checkout, its bundle and its settings."
    if found.plan.changes_outputs:
        text += f" Only outputs change: {joined(f'`{name}`' for name in found.plan.changes_outputs)}."
    return text + _drift(found.plan)


def _verdict(found: _Found, facts: Facts) -> str:
    """Return the headline, and the points that a reviewer has to check."""
    losses = [risk for risk in found.risks if risk.severity == "loss"]
    points = _points(found, facts)
    if losses:
        headline = "**Stop: data would be lost.** `make deploy` refuses this plan unless ALLOW_DATA_LOSS allows it."
    elif found.is_first:
        headline = "**A first deployment:** none of these resources exists yet."
    elif points:
        headline = "**Check this before you approve:**"
    else:
        headline = (
            "**No risk found:** no permission gets wider, nothing becomes public, no data is at risk, and no "
            "function gets new code."
        )
    return headline + (f"\n\n{items(points)}" if points else "") + _drift(found.plan)


def _points(found: _Found, facts: Facts) -> list[str]:
    points = [f"**{'Data lost' if risk.severity == 'loss' else 'Data at risk'}**: {risk.what}" for risk in found.risks]
    wider = _subjects(one for one in found.policy_changes if one.is_wider)
    if wider:
        points.append(f"**Permissions get wider** in {count(len(wider), 'policy', 'policies')}: {first_few(wider)}")
    new = _subjects(one for one in found.policy_changes if one.is_new)
    if new and not found.is_first:
        points.append(f"**New permissions** in {count(len(new), 'policy', 'policies')}: {first_few(new)}")
    if allowed := _sweeping(found.policy_changes):
        points.append(f"**Every action of a service** is allowed: {first_few(allowed)}")
    incomplete = _subjects(one for one in found.policy_changes if one.is_incomplete)
    if incomplete:
        counted = count(len(incomplete), "policy", "policies")
        points.append(f"**Known only on apply**, partly or completely: {counted}: {first_few(incomplete)}")
    public = [one.what for one in found.exposures if one.is_new]
    if public:
        points.append(f"**Newly public**: {first_few(public)}")
    coded = [one for one in found.functions if one.action in {"code", "both"}]
    if coded:
        hashes = sorted({(one.before[:12], one.after[:12]) for one in coded})
        shown = joined(f"`{before}…` → `{after}…`" for before, after in hashes)
        points.append(f"**New code** for {count(len(coded), 'function')} of {len(found.functions)}: {shown}")
    replaced = _replaced(found)
    if replaced:
        points.append(f"**Replaced**: {first_few([label(change) for change in replaced], limit=2)}")
    if facts.checks and facts.checks.failed:
        points.append(f"**{count(len(facts.checks.failed), 'checkov check')} failed** without a written reason")
    if not found.plan.is_whole:
        points.append("**Not the whole deployment**: the plan is limited to some resources (`-target`)")
    return points


def _subjects(policy_changes: Iterable[PolicyChange]) -> list[str]:
    return list(dict.fromkeys(one.policy.subject for one in policy_changes))


def _replaced(found: _Found) -> list[Change]:
    at_risk = {risk.address for risk in found.risks}
    return [change for change in found.plan.changed if change.action == "replace" and change.address not in at_risk]


def _sweeping(policy_changes: Sequence[PolicyChange]) -> list[str]:
    return [
        f"{one.policy.subject}: {allowed}"
        for one in policy_changes
        for statement in one.policy.after or []
        if statement not in (one.policy.before or []) and (allowed := sweeping(statement))
    ]


def _drift(plan: Plan) -> str:
    """Return the changes made outside Terraform; a setting that AWS reports as false instead of unset is none."""
    lines = []
    for change in plan.drifted:
        real = [one for one in differences(change) if {one.before, one.after} != {"(none)", "false"}]
        shown = joined(f"`{one.path}` {one.before} → {one.after}" for one in real[:3])
        if change.action == "delete" or real:
            lines.append(f"{label(change)}: {shown or 'deleted'} <sub>`{change.address}`</sub>")
    title = f"Changed outside Terraform since the last apply: {count(len(lines), 'resource')}"
    return f"\n\n{collapsible(title, items(lines))}" if lines else ""


def _rest(found: _Found, facts: Facts) -> list[str]:
    money = estimate(found.plan)
    parts = [
        f"## Code\n\n{sections.code(found.functions, facts.bundle_sha256)}",
        f"## Cost\n\nAbout {sections.line_of(money)}.\n\n{collapsible('how this is calculated', sections.cost(money))}",
    ]
    if facts.checks:
        text = f"checkov: {facts.checks.passed} checks passed, {facts.checks.excused} excused with a written reason"
        failed = facts.checks.failed
        text += f", **{len(failed)} failed**:\n\n{items(failed)}" if failed else ", none failed."
        parts.append(f"## Checks\n\n{text}")
    return parts


def _how_to_apply(found: _Found, facts: Facts) -> str:
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
