"""The policies of a plan: identity, resource and trust policies, including those that are only partly known.

Terraform shows a policy only on apply if AWS assigns one of its values. The plan still contains the known parts of the
data source that the policy comes from; they are read from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from plan_review.changes import Change, Plan
from plan_review.configuration import calls, expressions, parent_of, references, steps_of
from plan_review.names import kind, label, name, parts_of
from plan_review.permissions.holders import ends_with_its_holder, renamed
from plan_review.permissions.statements import ALLOW, DENY, UNKNOWN, Condition, Statement, from_block, parse

Kind = Literal["identity", "resource", "trust"]

_ATTACHMENTS: Final = {
    "aws_iam_role_policy_attachment": "role",
    "aws_iam_group_policy_attachment": "group",
    "aws_iam_user_policy_attachment": "user",
}
_ROLES: Final = {"aws_cloudwatch_event_target": "role_arn", "aws_lambda_function": "role"}
"""Resource types that use a role → the setting that names it."""

_OF_A_ROLE: Final = ("managed_policy_arns", "inline_policy")
"""Settings of a role that grant permissions. If they are not configured, they repeat what other resources grant."""

REPEATED_POLICIES: Final = frozenset({"aws_s3_bucket", "aws_sns_topic", "aws_sqs_queue"})
"""Their `policy` repeats what another resource sets, unless their own configuration sets it."""

_DOCUMENT: Final = "aws_iam_policy_document"
_DOCUMENTS: Final = ("policy", "assume_role_policy", "access_policy", "access_policies", "policy_document")
_MAX_STEPS: Final = 8  # from a resource to the data source that its policy comes from


@dataclass(frozen=True)
class Policy:
    """A policy before and after.

    Attributes:
        change: the resource that the policy belongs to.
        kind: identity (what a principal may do), resource (who may use a resource), trust (who may assume a role).
        subject: heading for the policy, such as "What IAM role `x` may do".
        before: its statements now; None if it does not exist.
        after: its statements after the apply; None if it is removed.
        unknown_parts: how many of its source documents are known only on apply; None if nothing of it is known.
        source: address of the data source that the known part of an incomplete policy comes from.
    """

    change: Change
    kind: Kind
    subject: str
    before: list[Statement] | None
    after: list[Statement] | None
    unknown_parts: int | None = 0
    source: str = ""

    @property
    def is_incomplete(self) -> bool:
        """Whether a part of the policy is known only on apply."""
        return self.unknown_parts != 0 or bool(self.source)


def policies(plan: Plan) -> list[Policy]:
    """Return every policy of the plan, unchanged ones included.

    A policy that goes together with its role, bucket or topic is left out: what it allowed or denied is gone, too.
    """
    return [
        policy for change in plan.resources if not ends_with_its_holder(change, plan) for policy in _of(change, plan)
    ]


def parts_known_on_apply(plan: Plan, shown: Sequence[Policy]) -> list[tuple[str, list[Statement]]]:
    """Return the documents that are completed on apply and are not the known source of a policy in `shown`."""
    sources = {policy.source for policy in shown}
    return [
        (change.address, found)
        for change in plan.every
        if change.address not in sources and (found := _own_statements(change))
    ]


def _of(change: Change, plan: Plan) -> Iterator[Policy]:
    if change.type in _ATTACHMENTS:
        yield _attachment(change)
    elif change.type in _ROLES and change.remains and (change.existed or change.after.get(_ROLES[change.type])):
        yield _role_policy(change)
    elif change.type == "aws_lambda_permission":
        yield Policy(
            change,
            "resource",
            f"Who may invoke Lambda function `{change.values.get('function_name', '')}`",
            [_invocation(change.before, {})] if change.existed else None,
            [_invocation(change.after, change.unknown)] if change.remains else None,
        )
    elif change.type == "aws_iam_role":
        yield from _of_role(change, plan)
    for setting in _DOCUMENTS:
        found = [parse(values[setting]) for values in (change.before, change.after) if values.get(setting)]
        if change.type in REPEATED_POLICIES and setting not in expressions(change, plan):
            continue
        if any(found) or change.is_unknown(setting):
            yield _document(change, setting, plan)


def _document(change: Change, setting: str, plan: Plan) -> Policy:
    before = parse(renamed(str(change.before[setting]), change, plan)) if change.before.get(setting) else None
    subject, kind_ = _subject(change, setting)
    if change.remains and change.is_unknown(setting):
        after, unknown, source = _known_part(change, setting, plan)
        return Policy(change, kind_, subject, before, after, unknown, source)
    after_known = parse(change.after[setting]) if change.remains and change.after.get(setting) else None
    return Policy(change, kind_, subject, before, after_known)


def _subject(change: Change, setting: str) -> tuple[str, Kind]:
    if setting == "assume_role_policy":
        return f"Who may assume IAM role `{name(change)}`", "trust"
    if change.type == "aws_iam_role_policy":
        return f"What IAM role `{name(change)}` may do", "identity"
    if change.type.startswith("aws_iam_"):
        return f"What {kind(change)} `{name(change)}` allows", "identity"
    of = kind(change).removeprefix("policy of ")
    return f"Who may use {of} `{name(change)}`", "resource"


def _attachment(change: Change) -> Policy:
    holder = _ATTACHMENTS[change.type]
    known = change.after.get("policy_arn") is not None
    return Policy(
        change,
        "identity",
        f"What IAM {holder} `{change.values.get(holder, '')}` may do",
        [_managed(change.before["policy_arn"])] if change.existed else None,
        [_managed(change.after["policy_arn"])] if change.remains and known else None,
        unknown_parts=0 if known or not change.remains else None,
    )


def _managed(arn: str) -> Statement:
    """Return an attached managed policy as one statement; its content is AWS's, or shown elsewhere on the page."""
    return Statement(ALLOW, frozenset({f"do what the policy {arn} allows"}), frozenset())


def _role_policy(change: Change) -> Policy:
    """Return the role that a resource uses as one statement; the role's own permissions are shown with the role."""
    setting = _ROLES[change.type]

    def statements(values: Mapping[str, Any], unknown: Mapping[str, Any]) -> list[Statement]:
        role = UNKNOWN if unknown.get(setting) is True else values.get(setting)
        return [Statement(ALLOW, frozenset({f"do what the role {role} allows"}), frozenset())] if role else []

    before = statements(change.before, {}) if change.existed else None
    after = statements(change.after, change.unknown)
    return Policy(change, "identity", f"What {label(change)} may do", before, after)


def _invocation(values: Mapping[str, Any], unknown: Mapping[str, Any]) -> Statement:
    conditions = {
        Condition(operator, key, frozenset({str(values.get(setting) or UNKNOWN)}))
        for operator, key, setting in (
            ("ArnLike", "AWS:SourceArn", "source_arn"),
            ("StringEquals", "AWS:SourceAccount", "source_account"),
            ("StringEquals", "aws:PrincipalOrgID", "principal_org_id"),
            ("StringEquals", "lambda:FunctionUrlAuthType", "function_url_auth_type"),
        )
        if values.get(setting) or unknown.get(setting) is True
    }
    principal = str(values.get("principal", ""))
    return Statement(
        ALLOW,
        frozenset({str(values.get("action", ""))}),
        frozenset({str(values.get("function_name", ""))}),
        frozenset({f"{'Service' if principal.endswith('.amazonaws.com') else 'AWS'}:{principal}"}),
        frozenset(conditions),
    )


def _of_role(change: Change, plan: Plan) -> Iterator[Policy]:
    if change.existed and _boundary(change.before) != _boundary(change.after):
        yield _boundary_policy(change)
    # A setting that is unknown and not configured will repeat the grants of other resources.
    settings = [one for one in _OF_A_ROLE if not change.is_unknown(one) or one in expressions(change, plan)]
    before = [statement for setting in settings for statement in _granted(change.before.get(setting))]
    after = [statement for setting in settings for statement in _granted(change.after.get(setting))]
    unknown = sum(_hidden(change.unknown.get(setting)) for setting in settings)
    if change.remains and (before or after or unknown):
        subject = f"What IAM role `{name(change)}` may do"
        yield Policy(change, "identity", subject, before if change.existed else None, after, unknown)


def _granted(found: Any) -> list[Statement]:
    """Return the statements of a role's managed policies (ARNs) or inline policies (blocks)."""
    return [
        statement
        for one in found or []
        if one
        for statement in ([_managed(one)] if isinstance(one, str) else parse(one.get("policy") or ""))
    ]


def _hidden(unknown: Any) -> int:
    """Return how many of a role's policies are known only on apply."""
    if isinstance(unknown, list):
        return sum(_hidden(one.get("policy") if isinstance(one, Mapping) else one) for one in unknown)
    return int(unknown is True)


def _boundary(values: Mapping[str, Any]) -> str:
    return str(values.get("permissions_boundary") or "")


def _boundary_policy(change: Change) -> Policy:
    """Return a permissions boundary as a Deny of everything beyond it: removing it makes the role wider."""

    def statements(arn: str) -> list[Statement]:
        return [Statement(DENY, frozenset({f"do anything beyond the boundary {arn}"}), frozenset())] if arn else []

    subject = f"What IAM role `{name(change)}` may do at most"
    before, after = statements(_boundary(change.before)), statements(_boundary(change.after))
    return Policy(change, "identity", subject, before, after)


# -------------------------------------------------------------------------------------------- documents known in part


def _known_part(change: Change, setting: str, plan: Plan) -> tuple[list[Statement] | None, int | None, str]:
    source = _source(change, setting, plan)
    if source is None:
        return None, None, ""
    documents = source.after.get("source_policy_documents") or []
    hidden = source.unknown.get("source_policy_documents")
    unknown = sum(1 for document in documents if document is None)
    unknown += 1 if hidden is True else 0
    known = [statement for document in documents if document for statement in parse(document)]
    return [*known, *_own_statements(source)], unknown, source.address


def _own_statements(change: Change) -> list[Statement]:
    if not change.is_data or change.type != _DOCUMENT:
        return []
    blocks = change.after.get("statement") or []
    unknown = change.unknown.get("statement")
    hidden = unknown if isinstance(unknown, list) else []
    return [from_block(block, hidden[at] if at < len(hidden) else None) for at, block in enumerate(blocks)]


def _source(change: Change, setting: str, plan: Plan) -> Change | None:
    """Return the data source that a policy comes from, by following the configuration's references."""
    referred = references(expressions(change, plan).get(setting))
    wanted = {change.key, *(key for _, key in parts_of(change.module))} - {""}
    found = _follow(referred, change.module, plan, wanted, _MAX_STEPS)
    keyed = [candidate for candidate in found if candidate.key in wanted or candidate.name in wanted]
    chosen = keyed or [candidate for candidate in found if not candidate.key]
    return chosen[0] if len(chosen) == 1 else None


def _follow(referred: list[str], module: str, plan: Plan, wanted: set[str], steps: int) -> list[Change]:
    if steps == 0:
        return []
    root = plan.configuration.get("root_module", {})
    found: list[Change] = []
    for reference in referred:
        parts = reference.split(".")
        if parts[:2] == ["data", _DOCUMENT]:
            found += [
                change
                for change in plan.every
                if change.is_data and change.module == module and change.name == parts[2].split("[")[0]
            ]
        elif parts[0] == "var" and module:
            outer, call = parent_of(module)
            given = calls(root, steps_of(outer)).get(call, {}).get("expressions", {})
            found += _follow(references(given.get(parts[1])), outer, plan, wanted, steps - 1)
        elif parts[0] == "module" and len(parts) > 2:
            call = re.sub(r"\[.*", "", parts[1])
            inner = calls(root, steps_of(module)).get(call, {}).get("module", {})
            output = inner.get("outputs", {}).get(parts[2], {}).get("expression")
            address = f"{module}.module.{call}" if module else f"module.{call}"
            found += _follow(references(output), address, plan, wanted, steps - 1)
    return list({change.address: change for change in found}.values())
