"""A policy's statements as sets, and whether one statement covers another.

The rules follow the IAM JSON policy elements reference:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

UNKNOWN: Final = "(known only on apply)"
ALLOW: Final = "Allow"
DENY: Final = "Deny"


@dataclass(frozen=True)
class Condition:
    """One condition: `operator` such as StringEquals, `key` such as aws:SourceArn."""

    operator: str
    key: str
    values: frozenset[str]

    @property
    def is_negated(self) -> bool:
        """Whether it is met by every value except its own."""
        return "Not" in self.operator

    @property
    def is_a_list(self) -> bool:
        """Whether a further value permits more (less if negated): true for text, ARNs and addresses."""
        return bool(re.search(r"(String|Arn|IpAddress)", self.operator))

    def names(self, value: str) -> bool:
        """Return whether its values include a value, which may be a pattern itself."""
        if re.search(r"(Like|Arn)", self.operator):
            return is_covered(value, self.values)
        if "IgnoreCase" in self.operator:
            return in_any_case({value}) <= in_any_case(self.values)
        return value in self.values


@dataclass(frozen=True)
class Statement:
    """A statement of a policy. With `not_actions` it applies to all actions except `actions`.

    `not_resources` and `not_principals` have the same meaning for `resources` and `principals`.
    """

    effect: str
    actions: frozenset[str]
    resources: frozenset[str]
    principals: frozenset[str] = frozenset()
    conditions: frozenset[Condition] = frozenset()
    sid: str = ""
    not_actions: bool = False
    not_resources: bool = False
    not_principals: bool = False

    def covers(self, other: Statement) -> bool:
        """Return whether it applies to everything that `other` applies to, without a further condition."""
        return (
            self.effect == other.effect
            and _covers(in_any_case(self.actions), self.not_actions, in_any_case(other.actions), other.not_actions)
            and _covers(self.resources, self.not_resources, other.resources, other.not_resources)
            and _covers(self.principals, self.not_principals, other.principals, other.not_principals)
            and all(any(_implies(theirs, ours) for theirs in other.conditions) for ours in self.conditions)
        )

    def replaced(self, **changes: Any) -> Statement:
        """Return the statement with other elements."""
        return replace(self, **changes)


def parse(document: str | Mapping[str, Any]) -> list[Statement]:
    """Return the statements of a policy document; none if it is not one."""
    try:
        found = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        return []
    if not isinstance(found, Mapping):
        return []
    return [_statement(statement) for statement in _list(found.get("Statement", []))]


def is_permitted(statement: Statement, by: Sequence[Statement]) -> bool:
    """Return whether, for each action on each resource of a statement, one of the others covers it."""
    actions = [statement.actions] if statement.not_actions else [frozenset({one}) for one in statement.actions]
    resources = [statement.resources] if statement.not_resources else [frozenset({one}) for one in statement.resources]
    return all(
        any(other.covers(statement.replaced(actions=action, resources=resource)) for other in by)
        for action in actions
        for resource in resources or [frozenset()]
    )


def matches(pattern: str, text: str) -> bool:
    """Return whether an IAM pattern (`*`, `?`) covers a text, which may be a pattern itself; case-sensitive."""
    return bool(_compiled(pattern).fullmatch(text))


def is_covered(item: str, by: Iterable[str]) -> bool:
    """Return whether one of the patterns covers a text."""
    return any(matches(pattern, item) for pattern in by)


def in_any_case(actions: Iterable[str]) -> frozenset[str]:
    """Return actions or values in lower case: IAM compares them without regard to case."""
    return frozenset(map(str.lower, actions))


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    # A `?` matches one character, so it does not cover a `*`.
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "[^*]"), re.DOTALL)


def _covers(ours: frozenset[str], not_ours: bool, theirs: frozenset[str], not_theirs: bool) -> bool:
    if not ours and not theirs:
        return True
    if not_ours and not_theirs:
        return all(is_covered(item, theirs) for item in ours)
    if not_ours:
        return not any(matches(mine, item) or matches(item, mine) for mine in ours for item in theirs)
    if not_theirs:
        return "*" in ours
    return all(is_covered(item, ours) for item in theirs)


def _implies(theirs: Condition, ours: Condition) -> bool:
    """Return whether every request that meets their condition meets ours."""
    if (theirs.operator, theirs.key.lower()) != (ours.operator, ours.key.lower()):
        return False
    if not ours.is_a_list:
        return theirs.values == ours.values
    if ours.is_negated:
        return all(theirs.names(value) for value in ours.values)
    return all(ours.names(value) for value in theirs.values)


def _statement(found: Mapping[str, Any]) -> Statement:
    return Statement(
        effect=str(found.get("Effect", ALLOW)),
        actions=_set(found.get("Action", found.get("NotAction"))),
        resources=_set(found.get("Resource", found.get("NotResource"))),
        principals=_principals(found.get("Principal", found.get("NotPrincipal"))),
        conditions=frozenset(
            Condition(operator, key, _set(values))
            for operator, keys in (found.get("Condition") or {}).items()
            for key, values in keys.items()
        ),
        sid=str(found.get("Sid", "")),
        not_actions="NotAction" in found,
        not_resources="NotResource" in found,
        not_principals="NotPrincipal" in found,
    )


def from_block(found: Mapping[str, Any], unknown: Any) -> Statement:
    """Return the known part of a `statement` block of the data source aws_iam_policy_document."""
    hidden = unknown if isinstance(unknown, Mapping) else {}

    def known(name: str) -> frozenset[str]:
        values = {str(value) if value is not None else UNKNOWN for value in found.get(name) or []}
        return frozenset(values | ({UNKNOWN} if _is_hidden(hidden.get(name)) else set()))

    principals = found.get("principals") or found.get("not_principals") or []
    conditions = found.get("condition") or []
    return Statement(
        effect=str(found.get("effect") or ALLOW),
        actions=known("actions") or known("not_actions"),
        resources=known("resources") or known("not_resources"),
        principals=frozenset(
            f"{principal['type']}:{UNKNOWN if identifier is None else identifier}"
            for principal in principals
            for identifier in principal.get("identifiers") or [None]
        ),
        conditions=frozenset(
            Condition(
                str(condition.get("test")),
                str(condition.get("variable")),
                frozenset(UNKNOWN if value is None else str(value) for value in condition.get("values") or [None]),
            )
            for condition in conditions
        ),
        sid=str(found.get("sid") or ""),
        not_actions=bool(found.get("not_actions")),
        not_resources=bool(found.get("not_resources")),
        not_principals=bool(found.get("not_principals")),
    )


def _is_hidden(unknown: Any) -> bool:
    return unknown is True or (isinstance(unknown, list) and any(item is True for item in unknown))


def _principals(found: Any) -> frozenset[str]:
    if found is None:
        return frozenset()
    if isinstance(found, str):
        return frozenset({f"AWS:{found}"})
    return frozenset(f"{kind}:{identifier}" for kind, values in found.items() for identifier in _list(values))


def _set(values: Any) -> frozenset[str]:
    return frozenset(" ".join(str(value).split()) for value in _list(values))


def _list(values: Any) -> list[Any]:
    if values is None:
        return []
    return values if isinstance(values, list) else [values]
