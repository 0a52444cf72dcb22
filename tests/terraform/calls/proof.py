"""Compare needs with a policy, both ways, by IAM's rules (MiniStack's evaluator)."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from tests.terraform.calls.needs import Need
from tests.terraform.planning import ACCOUNT_ID, REGION

Statement = dict[str, Any]

#: Negative conditions: each value narrows the statement, so no value counts as unused.
_NEGATIVE = ("Not", "Null")


def refused(policy: Mapping[str, Any], needs: Collection[Need]) -> list[Need]:
    """Return the needs that a policy does not allow."""
    parsed = [parse_policy_document(policy)]
    return [each for each in needs if evaluate(_context_of(each), parsed).decision != "Allow"]


def _context_of(each: Need) -> Any:
    context = {key.lower(): value for key, value in each.context.items()}
    return EvalContext(
        principal_arn=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/role/session",
        principal_type="AssumedRole",
        principal_account=ACCOUNT_ID,
        action=each.action,
        resource_arn=each.resource,
        region=REGION,
        service_context=context,
    )


@dataclass(frozen=True)
class Grant:
    """The smallest part of a policy: one action on one resource pattern, one value of each condition.

    A condition on a set of values (`ForAllValues:`) keeps all of them, or all except `without`.
    """

    sid: str
    action: str
    resource: str
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    without: str = ""

    @property
    def statement(self) -> Statement:
        """The statement that allows exactly this."""
        statement: Statement = {"Sid": self.sid, "Effect": "Allow", "Action": self.action, "Resource": self.resource}
        condition: dict[str, dict[str, list[str]]] = {}
        for operator, key, values in self.conditions:
            condition.setdefault(operator, {})[key] = list(values)
        return statement | ({"Condition": condition} if condition else {})

    def __str__(self) -> str:
        conditions = ", ".join(f"{key}={'|'.join(values)}" for _, key, values in self.conditions)
        value = f" value {self.without}" if self.without else ""
        return f"{self.sid}: {self.action} on {self.resource}{f' if {conditions}' if conditions else ''}{value}"


def grants(policy: Mapping[str, Any]) -> list[Grant]:
    """Split a policy's allowing statements into their smallest parts."""
    return [grant for statement in policy["Statement"] if statement["Effect"] == "Allow" for grant in _parts(statement)]


def _parts(statement: Statement) -> Iterator[Grant]:
    choices: list[list[tuple[str, str, tuple[str, ...]]]] = []
    for operator, keys in statement.get("Condition", {}).items():
        for key, found in keys.items():
            values = tuple(listed(found))
            whole = operator.startswith("ForAllValues:") or any(word in operator for word in _NEGATIVE)
            choices.append([(operator, key, values)] if whole else [(operator, key, (value,)) for value in values])
    for action, resource in itertools.product(listed(statement["Action"]), listed(statement["Resource"])):
        for conditions in itertools.product(*choices):
            yield Grant(statement["Sid"], action, resource, conditions)


def unused(policy: Mapping[str, Any], needs: Collection[Need]) -> list[Grant]:
    """Return the parts of a policy without which every need is still allowed.

    An action with a resource of another service grants nothing: a statement may list actions and
    resources of several services.
    """
    parts = [part for part in grants(policy) if _can_match(part)]
    found = []
    for index, part in enumerate(parts):
        others = parts[:index] + parts[index + 1 :]
        if not _changes(others, part, needs):
            found.append(part)
            continue
        found += [less for less in _each_without_a_value(part) if not _changes([*others, less], part, needs)]
    return found


def _can_match(part: Grant) -> bool:
    service, arn = part.action.partition(":")[0], part.resource.split(":")
    return len(arn) < 3 or arn[2] in (service, "*")


def _changes(kept: list[Grant], taken: Grant, needs: Collection[Need]) -> bool:
    """Return whether `kept` refuses a need. Only needs that `taken` allows can be affected."""
    met = [each for each in needs if not refused({"Statement": [taken.statement]}, [each])]
    return bool(met and refused({"Statement": [part.statement for part in kept]}, met))


def _each_without_a_value(part: Grant) -> Iterator[Grant]:
    for index, (operator, key, values) in enumerate(part.conditions):
        if operator.startswith("ForAllValues:") and "Not" not in operator and len(values) > 1:
            for value in values:
                fewer = (operator, key, tuple(other for other in values if other != value))
                conditions = (*part.conditions[:index], fewer, *part.conditions[index + 1 :])
                yield Grant(part.sid, part.action, part.resource, conditions, without=value)


def listed(value: str | list[str]) -> list[str]:
    """Return a list; IAM writes a single value without one."""
    return [value] if isinstance(value, str) else value
