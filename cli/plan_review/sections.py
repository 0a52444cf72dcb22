"""The sections of the page: permissions, public access, code and cost."""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from hippo_common.words import count
from plan_review.code import Function
from plan_review.costs.estimate import Estimate
from plan_review.markdown import collapsible, items, joined, table
from plan_review.permissions.comparison import Delta, compare
from plan_review.permissions.documents import Policy
from plan_review.permissions.statements import Statement
from plan_review.permissions.wording import delta as delta_text
from plan_review.permissions.wording import statement as statement_text
from plan_review.permissions.wording import sweeping
from plan_review.public import Exposure

_MAX_DIFFERENCES = 12  # settings that are shown of one changed resource
_HASH = 12  # characters of a hash that is shown


@dataclass(frozen=True)
class PolicyChange:
    """A policy with its changes."""

    policy: Policy
    deltas: tuple[Delta, ...]

    @property
    def is_new(self) -> bool:
        """Whether the policy is new."""
        return self.policy.before is None

    @property
    def is_incomplete(self) -> bool:
        """Whether a part of the policy is known only on apply."""
        return self.policy.is_incomplete

    @property
    def is_wider(self) -> bool:
        """Whether an existing policy permits more."""
        return not self.is_new and any(delta.direction == "wider" for delta in self.deltas)

    @property
    def is_narrower(self) -> bool:
        """Whether an existing policy permits less."""
        return not self.is_new and any(delta.direction == "narrower" for delta in self.deltas)


def policy_changes(policies: Sequence[Policy]) -> list[PolicyChange]:
    """Return the policies that change or may change."""
    found = []
    for policy in policies:
        deltas = tuple(compare(policy.before or [], policy.after or []))
        if policy.is_incomplete and policy.before is not None:
            # A missing statement may be in the unknown part: only additions are certain.
            deltas = tuple(delta for delta in deltas if not delta.is_gone and delta.direction != "narrower")
        one = PolicyChange(policy, deltas)
        if deltas or one.is_incomplete:
            found.append(one)
    return found


# -------------------------------------------------------------------------------------------------------- permissions


def permissions(found: Sequence[PolicyChange], parts: Sequence[tuple[str, list[Statement]]]) -> str:
    """Return the permissions that change; new policies are folded, except their statements on all of a service."""
    texts = []
    for heading, members in (
        ("Wider", [one for one in found if one.is_wider]),
        ("Narrower", [one for one in found if one.is_narrower and not one.is_wider]),
        ("Written differently, with the same effect", [one for one in found if _same(one)]),
    ):
        if members:
            texts.append(f"### {heading} ({len(members)})\n\n" + "\n\n".join(_before_and_after(one) for one in members))
    incomplete = [one for one in found if one.is_incomplete and not one.is_new and not one.is_wider]
    if incomplete:
        texts.append(
            f"### Known only on apply ({len(incomplete)})\n\nThese policies contain a value that AWS assigns during "
            "the apply, so Terraform cannot show them now. Check their configuration.\n\n"
            + items(f"{one.policy.subject}{_known(one)}" for one in incomplete)
        )
    new = [one for one in found if one.is_new]
    if new:
        subjects: dict[str, list[PolicyChange]] = defaultdict(list)
        for one in new:
            subjects[one.policy.subject].append(one)
        unfolded = [
            f"{one.policy.subject}: {statement_text(statement)}"
            for one in new
            for statement in one.policy.after or []
            if sweeping(statement)
        ]
        folded = "\n".join(_new(members) for members in subjects.values())
        texts.append("\n\n".join([f"### New ({len(new)})", *([items(unfolded)] if unfolded else []), folded]))
    if parts and any(one.is_incomplete for one in found):
        lines = [f"`{address}`\n{items(map(statement_text, known), indent=1)}" for address, known in parts]
        title = "Parts of the policies above that are completed on apply"
        texts.append(collapsible(title, items(lines)))
    return "\n\n".join(texts)


def _same(one: PolicyChange) -> bool:
    return not (one.is_new or one.is_wider or one.is_narrower or one.is_incomplete)


def _before_and_after(one: PolicyChange) -> str:
    lines = [f"**{delta.direction}**: {delta_text(delta)}" for delta in one.deltas]
    if one.is_incomplete:
        lines.append("the rest of the policy is known only on apply")
    before = items(map(statement_text, one.policy.before or []))
    after = items(map(statement_text, one.policy.after or []))
    whole = collapsible(
        "before and after, in full",
        f"Before:\n\n{before or '- nothing'}\n\nAfter:\n\n{after or '- nothing'}",
    )
    return f"**{one.policy.subject}** <sub>`{one.policy.change.address}`</sub>\n\n{items(lines)}\n\n{whole}"


def _known(one: PolicyChange) -> str:
    if not one.policy.unknown_parts:
        return ""
    return f" ({count(one.policy.unknown_parts, 'part')} of it; the rest does not get wider)"


def _new(members: Sequence[PolicyChange]) -> str:
    """Return a collapsible list of new policies with the same subject, with each distinct statement once."""
    statements = Counter(statement_text(statement) for one in members for statement in one.policy.after or [])
    lines = [f"{text}{f' ({number} times)' if number > 1 else ''}" for text, number in statements.items()]
    for one in members:
        unknown = one.policy.unknown_parts
        if unknown != 0:
            lines.append("and parts known only on apply" + (f" ({count(unknown, 'part')})" if unknown else ""))
    subject = members[0].policy.subject.replace("`", "")
    return collapsible(f"{subject}: {count(len(statements), 'statement')}", items(lines))


# ------------------------------------------------------------------------------------------------- public, code, cost


def public(found: Sequence[Exposure]) -> str:
    """Return what becomes public, what is no longer public, and what stays public."""
    texts = []
    new = [one.what for one in found if one.is_new]
    closed = [one.what for one in found if one.before and not one.after]
    unchanged = [one.what for one in found if one.before and one.after]
    if new:
        texts.append(f"**Newly public ({len(new)})**\n\n{items(new)}")
    if closed:
        texts.append(f"**No longer public ({len(closed)})**\n\n{items(closed)}")
    if unchanged:
        texts.append(collapsible(f"Public before and after ({len(unchanged)})", items(unchanged)))
    return "\n\n".join(texts) or "Nothing is public."


def code(functions: Sequence[Function], bundle: str) -> str:
    """Return the bundle's hash, and the functions whose code or settings change."""
    lines = [f"The bundle's SHA-256 is `{bundle}`, which Lambda shows as `{_base64(bundle)}`."] if bundle else []
    changed = [one for one in functions if one.action in {"code", "both"} and one.before != one.after]
    for before, after in sorted({(one.before, one.after) for one in changed}):
        names = [f"`{one.name}`" for one in changed if (one.before, one.after) == (before, after)]
        lines.append(f"**New code** (`{before[:_HASH]}…` → `{after[:_HASH]}…`): {joined(names)}")
    other = [f"`{one.name}`" for one in functions if one.action in {"code", "both"} and one.before == one.after]
    if other:
        lines.append(f"**Other layers, image or entry**, with the same bundle: {joined(other)}")
    for actions, words in (
        ({"created"}, "New"),
        ({"replaced"}, "Replaced"),
        ({"deleted"}, "Destroyed"),
        ({"settings", "both"}, "Other settings"),
        ({"kept", "settings"}, "Same code"),
    ):
        names = [f"`{one.name}`" for one in functions if one.action in actions]
        if names and len(names) == len(functions) and len(names) > 1:
            lines.append(f"{words}: every function ({len(names)})")
        elif names:
            lines.append(f"{words}: {joined(names)}")
    return items(lines) if lines else "No functions."


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode("ascii")


def cost(found: Estimate) -> str:
    """Return the monthly fixed cost, and the cost of the assumed usage."""
    rows = [(line.what, _dollars(line.before), _dollars(line.after)) for line in found.fixed]
    rows.append(("**total**", f"**{_dollars(found.fixed_before)}**", f"**{_dollars(found.fixed_after)}**"))
    usage = [(line.what, _dollars(line.after)) for line in found.usage]
    usage.append(("**total**", f"**{_dollars(found.usage_total)}**"))
    texts = [
        table(("Each month, even without participants", "now", "afterwards"), rows, right=2),
        table((f"For {found.scenario}", "US$"), usage, right=1),
        f"An estimate, not a bill: the usage is assumed. {found.basis} Not included: {joined(found.left_out)}.",
    ]
    if found.unpriced:
        texts.append(
            f"**No price known for** {joined(f'`{one}`' for one in found.unpriced)}, which AWS bills by the hour."
        )
    return "\n\n".join(texts)


def _dollars(amount: float | None) -> str:
    if amount is None:
        return "no price"
    return "-" if amount == 0 else f"{amount:.2f}" if amount >= 0.005 else "under 0.01"


def line_of(found: Estimate) -> str:
    """Return the cost in one line."""
    change = found.fixed_after - found.fixed_before
    words = f"${found.fixed_after:.2f} a month"
    if found.fixed_before and abs(change) >= 0.005:
        words += f" ({'+' if change > 0 else '-'}${abs(change):.2f})"
    if found.usage_total is not None:
        words += f", and about ${found.usage_total:.2f} for 100 hours of participants"
    return words
