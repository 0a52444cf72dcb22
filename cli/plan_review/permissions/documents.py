"""The policies of a plan: of identities, of resources, of trust; also those that are only known in part.

Terraform knows a policy only on apply if one value in it is drawn by AWS. What it knows of the data source that the
policy comes from is in the plan all the same, and is taken from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from plan_review.changes import Change, Plan
from plan_review.names import kind, label, name, parts_of
from plan_review.permissions.statements import ALLOW, DENY, UNKNOWN, Condition, Statement, from_block, parse

Kind = Literal["identity", "resource", "trust"]

_ATTACHMENTS: Final = {
    "aws_iam_role_policy_attachment": "role",
    "aws_iam_group_policy_attachment": "group",
    "aws_iam_user_policy_attachment": "user",
}
_ROLES: Final = {"aws_cloudwatch_event_target": "role_arn", "aws_lambda_function": "role"}
"""What acts in a role, by the setting that names it."""

_OF_A_ROLE: Final = ("managed_policy_arns", "inline_policy")
"""What a role says itself that it may do; or repeats, if it is not configured."""

_ANOTHER_TELLS: Final = frozenset({"aws_s3_bucket", "aws_sns_topic", "aws_sqs_queue"})
"""They repeat as their own `policy` what another resource sets, unless their configuration sets it."""

_DOCUMENT: Final = "aws_iam_policy_document"
_MOST_STEPS: Final = 8  # from a resource to the data source that its policy comes from


@dataclass(frozen=True)
class Policy:
    """A policy before and after.

    Attributes:
        change: the resource that it belongs to.
        kind: identity (what somebody may do), resource (who may do something with it), trust (who may take a role).
        subject: who it is about, in words.
        before: its statements now; None if it is not there.
        after: its statements afterwards; None if it goes.
        unknown_parts: how many documents that it is made of are known only on apply; None if nothing of it is known.
        source: address of the data source that the known part of an unknown policy was taken from.
    """

    change: Change
    kind: Kind
    subject: str
    before: list[Statement] | None
    after: list[Statement] | None
    unknown_parts: int | None = 0
    source: str = ""

    @property
    def is_unsure(self) -> bool:
        """Whether a part of it is known only on apply."""
        return self.unknown_parts != 0 or bool(self.source)


def policies(plan: Plan) -> list[Policy]:
    """Return every policy of the plan, also those that stay as they are."""
    return [policy for change in plan.resources for policy in _of(change, plan)]


def parts_known_on_apply(plan: Plan, told: Sequence[Policy]) -> list[tuple[str, list[Statement]]]:
    """Return the documents that are completed on apply and that none of the policies told was seen to be made of."""
    sources = {policy.source for policy in told}
    return [
        (change.address, found)
        for change in plan.every
        if change.address not in sources and (found := _own_statements(change))
    ]


def _of(change: Change, plan: Plan) -> Iterator[Policy]:
    if change.type in _ATTACHMENTS:
        yield _attachment(change)
    elif change.type in _ROLES and change.stays and (change.was or change.after.get(_ROLES[change.type])):
        yield _acting(change)
    elif change.type == "aws_lambda_permission":
        yield Policy(
            change,
            "resource",
            f"Who may invoke Lambda function `{change.values.get('function_name', '')}`",
            [_invocation(change.before, {})] if change.was else None,
            [_invocation(change.after, change.unknown)] if change.stays else None,
        )
    elif change.type == "aws_iam_role":
        yield from _of_role(change, plan)
    for setting in ("policy", "assume_role_policy", "access_policy", "policy_document"):
        found = [parse(values[setting]) for values in (change.before, change.after) if values.get(setting)]
        if change.type in _ANOTHER_TELLS and setting not in _expressions(change, plan):
            continue
        if any(found) or change.is_unknown(setting):
            yield _document(change, setting, plan)


def _document(change: Change, setting: str, plan: Plan) -> Policy:
    before = parse(change.before[setting]) if change.before.get(setting) else None
    subject, kind_ = _subject(change, setting)
    if change.stays and change.is_unknown(setting):
        after, unknown, source = _known_part(change, setting, plan)
        return Policy(change, kind_, subject, before, after, unknown, source)
    after_known = parse(change.after[setting]) if change.stays and change.after.get(setting) else None
    return Policy(change, kind_, subject, before, after_known)


def _subject(change: Change, setting: str) -> tuple[str, Kind]:
    if setting == "assume_role_policy":
        return f"Who may take IAM role `{name(change)}`", "trust"
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
        [_managed(change.before["policy_arn"])] if change.was else None,
        [_managed(change.after["policy_arn"])] if change.stays and known else None,
        unknown_parts=0 if known or not change.stays else None,
    )


def _managed(arn: str) -> Statement:
    """A managed policy that somebody gets, as one statement: what it allows is AWS's, or elsewhere here."""
    return Statement(ALLOW, frozenset({f"do what the policy {arn} allows"}), frozenset())


def _acting(change: Change) -> Policy:
    """The role that something acts in, told as one statement: what that allows is told of the role itself."""
    setting = _ROLES[change.type]

    def told(values: Mapping[str, Any], unknown: Mapping[str, Any]) -> list[Statement]:
        role = UNKNOWN if unknown.get(setting) is True else values.get(setting)
        return [Statement(ALLOW, frozenset({f"do what the role {role} allows"}), frozenset())] if role else []

    before = told(change.before, {}) if change.was else None
    return Policy(change, "identity", f"What {label(change)} may do", before, told(change.after, change.unknown))


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
    if change.was and _boundary(change.before) != _boundary(change.after):
        yield _bounded(change)
    # Not configured and known only on apply: the role will repeat what other resources give it.
    settings = [one for one in _OF_A_ROLE if not change.is_unknown(one) or one in _expressions(change, plan)]
    before = [statement for setting in settings for statement in _granted(change.before.get(setting))]
    after = [statement for setting in settings for statement in _granted(change.after.get(setting))]
    unknown = sum(_hidden(change.unknown.get(setting)) for setting in settings)
    if change.stays and (before or after or unknown):
        subject = f"What IAM role `{name(change)}` may do"
        yield Policy(change, "identity", subject, before if change.was else None, after, unknown)


def _granted(found: Any) -> list[Statement]:
    """What a role's managed policies (ARNs), or its inline ones (blocks), allow."""
    return [
        statement
        for one in found or []
        if one
        for statement in ([_managed(one)] if isinstance(one, str) else parse(one.get("policy") or ""))
    ]


def _hidden(unknown: Any) -> int:
    """How many of a role's policies are known only on apply."""
    if isinstance(unknown, list):
        return sum(_hidden(one.get("policy") if isinstance(one, Mapping) else one) for one in unknown)
    return int(unknown is True)


def _boundary(values: Mapping[str, Any]) -> str:
    return str(values.get("permissions_boundary") or "")


def _bounded(change: Change) -> Policy:
    """A permissions boundary as a Deny of everything beyond it: one that goes makes the role wider."""

    def told(arn: str) -> list[Statement]:
        return [Statement(DENY, frozenset({f"do anything beyond the boundary {arn}"}), frozenset())] if arn else []

    subject = f"What IAM role `{name(change)}` may do at most"
    return Policy(change, "identity", subject, told(_boundary(change.before)), told(_boundary(change.after)))


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
    """The data source on which a policy rests, found by following the configuration's references."""
    references = _references(_expressions(change, plan).get(setting))
    wanted = {change.key, *(key for _, key in parts_of(change.module))} - {""}
    found = _follow(references, change.module, plan, wanted, _MOST_STEPS)
    keyed = [candidate for candidate in found if candidate.key in wanted or candidate.name in wanted]
    chosen = keyed or [candidate for candidate in found if not candidate.key]
    return chosen[0] if len(chosen) == 1 else None


def _follow(references: list[str], module: str, plan: Plan, wanted: set[str], steps: int) -> list[Change]:
    if steps == 0:
        return []
    root = plan.configuration.get("root_module", {})
    found: list[Change] = []
    for reference in references:
        parts = reference.split(".")
        if parts[:2] == ["data", _DOCUMENT]:
            found += [
                change
                for change in plan.every
                if change.is_data and change.module == module and change.name == parts[2].split("[")[0]
            ]
        elif parts[0] == "var" and module:
            outer, call = _parent(module)
            expressions = _calls(root, _steps(outer)).get(call, {}).get("expressions", {})
            found += _follow(_references(expressions.get(parts[1])), outer, plan, wanted, steps - 1)
        elif parts[0] == "module" and len(parts) > 2:
            call = re.sub(r"\[.*", "", parts[1])
            inner = _calls(root, _steps(module)).get(call, {}).get("module", {})
            output = inner.get("outputs", {}).get(parts[2], {}).get("expression")
            address = f"{module}.module.{call}" if module else f"module.{call}"
            found += _follow(_references(output), address, plan, wanted, steps - 1)
    return list({change.address: change for change in found}.values())


def _references(expression: Any) -> list[str]:
    found = expression.get("references", []) if isinstance(expression, Mapping) else []
    return [reference for reference in found if isinstance(reference, str)]


def _steps(module: str) -> list[str]:
    return [part for part, _ in parts_of(module)]


def _parent(module: str) -> tuple[str, str]:
    parts = parts_of(module)
    outer = ".".join(f'module.{part}["{key}"]' if key else f"module.{part}" for part, key in parts[:-1])
    return outer, parts[-1][0]


def _expressions(change: Change, plan: Plan) -> Mapping[str, Any]:
    """What a resource's configuration sets."""
    block = _block(plan.configuration.get("root_module", {}), _steps(change.module), change.type, change.name)
    return block.get("expressions") or {}


def _calls(root: Mapping[str, Any], steps: list[str]) -> Mapping[str, Any]:
    module = root
    for step in steps:
        module = module.get("module_calls", {}).get(step, {}).get("module", {})
    found: Mapping[str, Any] = module.get("module_calls", {})
    return found


def _block(root: Mapping[str, Any], steps: list[str], type_: str, name_: str) -> Mapping[str, Any]:
    module = root
    for step in steps:
        module = module.get("module_calls", {}).get(step, {}).get("module", {})
    for resource in module.get("resources", []):
        if resource["type"] == type_ and resource["name"] == name_ and resource["mode"] == "managed":
            found: Mapping[str, Any] = resource
            return found
    return {}
