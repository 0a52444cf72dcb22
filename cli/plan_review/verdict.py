"""The verdict: the headline of the page, and the points that a reviewer has to check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hippo_common.words import count
from plan_review import code, destinations, drift, other_code, points, protection, removals, sections
from plan_review.changes import Plan
from plan_review.code import Function
from plan_review.costs.estimate import Estimate, estimate
from plan_review.data import Risk, risks
from plan_review.markdown import first_few, items, joined
from plan_review.permissions.documents import policies
from plan_review.permissions.wording import sweeping
from plan_review.points import Point, about
from plan_review.public import Exposure, exposures
from plan_review.sections import PolicyChange

_NOTICEABLE: Final = 1.0  # US dollars a month

_CLEAR: Final = (
    "**Nothing stands out:** nothing is destroyed or replaced, no permission gets wider, nothing becomes public, "
    "nothing leads to another place or runs other code, and no protection is taken away."
)


_GRANTS: Final[Mapping[str, str]] = {
    "aws_iam_access_key": "works from anywhere until it is deleted",
    "aws_iam_group_membership": "its users get what the group may do",
    "aws_iam_instance_profile": "what runs with it gets what its role may do",
    "aws_iam_policy_attachment": "users, groups and roles get what the policy allows",
    "aws_iam_user_group_membership": "the user gets what the groups may do",
    "aws_iam_user_login_profile": "the user can log in with a password",
    "aws_kms_grant": "its grantee may use the key",
    "aws_ram_principal_association": "another account gets what is shared",
    "aws_ssoadmin_account_assignment": "people get what the permission set allows",
    "aws_vpc_peering_connection": "another network reaches this one",
}
"""Types that give permissions which no policy of the plan shows → what they give."""


@dataclass(frozen=True)
class Found:
    """Everything that the page shows."""

    plan: Plan
    account_id: str
    failed_checks: Sequence[str]
    policy_changes: list[PolicyChange]
    exposures: list[Exposure]
    risks: list[Risk]
    functions: list[Function]
    cost: Estimate

    @property
    def is_first(self) -> bool:
        """Whether nothing is deployed yet."""
        return not any(change.existed for change in self.plan.resources)


def read(plan: Plan, account_id: str, failed_checks: Sequence[str]) -> Found:
    """Return everything that the page shows of a plan.

    Args:
        plan: the plan.
        account_id: the deployment's AWS account.
        failed_checks: a line for each check that failed without a reason.
    """
    return Found(
        plan,
        account_id,
        failed_checks,
        sections.policy_changes(policies(plan)) if plan.changed else [],
        exposures(plan),
        risks(plan),
        code.functions(plan),
        estimate(plan),
    )


def of(found: Found) -> str:
    """Return the headline of a plan with changes, and its points."""
    lines = points.lines(_points(found))
    if any(risk.severity == "loss" for risk in found.risks):
        headline = "**Stop: data would be lost.** `make deploy` refuses this plan unless ALLOW_DATA_LOSS allows it."
    elif found.is_first:
        headline = "**A first deployment:** none of these resources exists yet."
    else:
        headline = "**Check this before you approve:**" if lines else _CLEAR
    return headline + (f"\n\n{items(lines)}" if lines else "") + drift.text(found.plan)


def of_no_change(found: Found) -> str:
    """Return the headline of a plan that changes no resource."""
    lines = points.lines(protection.removed(found.plan))
    text = "**No changes.** The deployment matches this checkout, its bundle and its settings."
    if lines:
        text = f"**No resource changes. Check this before you approve:**\n\n{items(lines)}"
    elif found.plan.changes_outputs:
        text += f" Only outputs change: {joined(f'`{name}`' for name in found.plan.changes_outputs)}."
    return text + drift.text(found.plan)


def _points(found: Found) -> Iterator[Point]:
    owners = removals.owners(found.plan)
    for risk in found.risks:
        heading = points.DATA_LOST if risk.severity == "loss" else points.DATA_AT_RISK
        text = "; ".join(filter(None, (risk.text, removals.parts_of(risk.address, owners))))
        yield Point(heading, text, risk.kind, risk.thing)
    yield from removals.removals(found.plan, [risk.address for risk in found.risks], owners)
    yield from _of_permissions(found)
    yield from destinations.destinations(found.plan, found.account_id)
    yield from other_code.points(found.plan)
    yield from _of_code(found)
    yield from protection.removed(found.plan)
    for change in found.plan.changed:
        if change.imported:
            yield about(change, points.IMPORTED, "exists in AWS, and this deployment takes it over")
    yield from _of_cost(found)
    if found.failed_checks:
        yield Point(
            points.OTHER, f"**{count(len(found.failed_checks), 'checkov check')} failed** without a written reason"
        )
    if not found.plan.is_whole:
        yield Point(points.OTHER, "**Not the whole deployment**: the plan is limited to some resources (`-target`)")


def _of_permissions(found: Found) -> Iterator[Point]:
    changes = found.policy_changes
    wider = _subjects(one for one in changes if one.is_wider)
    new = _subjects(one for one in changes if one.is_new)
    unknown = _subjects(one for one in changes if one.is_incomplete)
    if wider:
        yield Point(points.WIDER, f"**{points.WIDER}** in {_counted(wider)}")
    if new and not found.is_first:
        yield Point(points.NEW_PERMISSIONS, f"**{points.NEW_PERMISSIONS}** in {_counted(new)}")
    if allowed := list(dict.fromkeys(_sweeping(changes))):
        yield Point(points.SWEEPING, f"**{points.SWEEPING}** is allowed: {first_few(allowed)}")
    if unknown:
        yield Point(points.UNKNOWN, f"**{points.UNKNOWN}**, partly or completely: {_counted(unknown)}")
    for change in found.plan.changed:
        if change.type in _GRANTS and change.remains:
            yield about(change, points.NEW_PERMISSIONS, _GRANTS[change.type])
    for one in found.exposures:
        if one.is_new:
            yield Point(points.PUBLIC, one.text, one.kind, one.name)


def _of_code(found: Found) -> Iterator[Point]:
    coded = [one for one in found.functions if one.action in {"code", "both"} and one.before != one.after]
    if coded:
        hashes = sorted({(one.before[:12], one.after[:12]) for one in coded})
        shown = joined(
            f"`{before}…` → {f'`{after}…`' if after else '(known only on apply)'}" for before, after in hashes
        )
        text = f"**{points.NEW_CODE}** for {count(len(coded), 'function')} of {len(found.functions)}: {shown}"
        yield Point(points.NEW_CODE, text)
    for function in found.functions:
        for setting in function.entry if function.action in {"code", "both", "replaced"} else ():
            what = f"`{setting.path}` {setting.before} → {setting.after}"
            yield Point(points.NEW_CODE, what, "Lambda function", function.name)


def _of_cost(found: Found) -> Iterator[Point]:
    if found.is_first:
        return
    more = found.cost.fixed_after - found.cost.fixed_before
    if more >= _NOTICEABLE:
        total = f"${found.cost.fixed_after:.2f}"
        yield Point(points.COST, f"${more:.2f} more each month, even without participants: {total} in all")
    for change in found.plan.changed:
        if change.address in found.cost.unpriced and change.action == "create":
            yield about(change, points.COST, "AWS bills it by the hour, and the price table lacks it")


def _counted(subjects: Sequence[str]) -> str:
    return f"{count(len(subjects), 'policy', 'policies')}: {first_few(subjects)}"


def _subjects(policy_changes: Iterable[PolicyChange]) -> list[str]:
    return list(dict.fromkeys(one.policy.subject for one in policy_changes))


def _sweeping(policy_changes: Sequence[PolicyChange]) -> Iterator[str]:
    for one in policy_changes:
        for statement in one.policy.after or []:
            if statement not in (one.policy.before or []) and (allowed := sweeping(statement)):
                yield f"{one.policy.subject}: {allowed}"
