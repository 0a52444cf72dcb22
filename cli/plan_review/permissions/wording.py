"""Statements and differences as sentences, in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from plan_review.markdown import joined
from plan_review.permissions.comparison import Delta
from plan_review.permissions.statements import DENY, UNKNOWN, Condition, Statement

_OPERATORS: Final = {
    "StringEquals": "is",
    "StringEqualsIgnoreCase": "is, in upper or lower case,",
    "StringLike": "is like",
    "StringNotEquals": "is not",
    "StringNotLike": "is not like",
    "ArnEquals": "is",
    "ArnLike": "is like",
    "ArnNotEquals": "is not",
    "ArnNotLike": "is not like",
    "Bool": "is",
    "IpAddress": "is in",
    "NotIpAddress": "is not in",
    "Null": "is missing:",
}
_SETS: Final = {"ForAllValues": "every one of", "ForAnyValue": "one of"}

_SWEEPING: Final = re.compile(r"^\*$|:\*$|:iam::aws:policy/\S*(AdministratorAccess|PowerUserAccess|FullAccess)")
"""All actions of a service, or one of AWS's policies that allows as much."""


def statement(found: Statement) -> str:
    """Return a statement as text: "may `s3:GetObject` on `arn:…`, if `aws:SourceArn` is `…`"."""
    verb = "must not" if found.effect == DENY else "may"
    doing = f"do {_all_actions_except(found)}" if found.not_actions else _items(found.actions)
    text = f"{verb} {doing}"
    if found.principals:
        text = f"{principals(found)} {text}"
    if found.resources:
        exception = "everything except " if found.not_resources else ""
        text += f" on {exception}{_items(found.resources, any_='anything')}"
    if found.conditions:
        text += f", if {joined(condition(one) for one in _ordered(found.conditions))}"
    return text


def sweeping(found: Statement) -> str:
    """Return what a statement allows that covers all actions of a service, such as "`iam:*`"; empty if nothing."""
    if found.effect == DENY:
        return ""
    if found.not_actions:
        return _all_actions_except(found)
    return _items(action.removeprefix("do ") for action in found.actions if _SWEEPING.search(action))


def delta(found: Delta) -> str:
    """Return a change of a policy as text."""
    about = _about(found.statement)
    if found.is_new:
        return f"new: {statement(found.statement)}"
    if found.is_gone:
        return f"removed: {statement(found.statement)}"
    if found.element == "effect":
        return f"{'forbidden' if found.statement.effect == DENY else 'allowed'} now: {statement(found.statement)}"
    if found.element == "condition":
        return f"{about}{_condition_delta(found)}"
    verb = "must not" if found.statement.effect == DENY else "may"
    added, removed = _part(found, found.added), _part(found, found.removed)
    if found.element == "actions":
        texts = [f"{verb} {'now' if removed else 'also'} {added}"] if added else []
        texts += [f"no longer {removed}"] if removed else []
        rest = f" on {_items(found.statement.resources, any_='anything')}" if found.statement.resources else ""
    else:
        of = "on " if found.element == "resources" else "for "
        texts = [f"now {'' if removed else 'also '}{of}{added}"] if added else []
        texts += [f"no longer {of}{removed}"] if removed else []
        rest = f" ({verb} {_items(found.statement.actions)})"
    return f"{about}{', '.join(texts)}{rest}"


def principals(found: Statement) -> str:
    """Return a statement's principals as text."""
    named = joined(_principal(one) for one in sorted(found.principals))
    return f"everyone except {named}" if found.not_principals else named


def condition(found: Condition) -> str:
    """Return a condition as text: "`aws:SourceArn` is like `arn:…`"."""
    prefix, _, operator = found.operator.rpartition(":")
    optional = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    words = _OPERATORS.get(operator, operator)
    values = sorted(found.values)
    shown = f"`{values[0]}`" if len(values) == 1 else f"one of {joined((f'`{value}`' for value in values), 'or')}"
    subject = f"`{found.key}`"
    if prefix in _SETS:
        subject = f"{_SETS[prefix]} {subject}"
    return f"{subject} {words} {shown}{' (or is missing)' if optional else ''}"


def _condition_delta(found: Delta) -> str:
    was, now = found.before, found.after
    if was is None and now is not None:
        return f"now only if {condition(now)}"
    if now is None and was is not None:
        return f"no longer requires that {condition(was)}"
    assert was is not None and now is not None  # noqa: S101, PT018 - a delta has at least one of them
    return f"required until now that {condition(was)}; now requires that {condition(now)}"


def _all_actions_except(found: Statement) -> str:
    return f"everything except {_items(found.actions)}"


def _about(found: Statement) -> str:
    if found.sid:
        return f"statement `{found.sid}`: "
    return f"the statement on {_items(found.resources, any_='anything')}: " if found.resources else ""


def _part(found: Delta, items: Iterable[str]) -> str:
    if found.element == "principals":
        return joined(_principal(item) for item in sorted(items))
    return _items(items, any_="anything" if found.element == "resources" else "everything")


def _items(items: Iterable[str], any_: str = "everything") -> str:
    texts = []
    for item in sorted(items):
        if item == "*":
            texts.append(f"**{any_}** (`*`)")
        elif item == UNKNOWN or " " in item:
            texts.append(item)
        else:
            texts.append(f"`{item}`")
    return joined(texts)


def _principal(found: str) -> str:
    kind, _, identifier = found.partition(":")
    if identifier == "*":
        return "**anyone**"
    if kind == "Service":
        return f"the service `{identifier}`"
    if kind == "AWS" and identifier.endswith(":root"):
        return f"every identity in account `{identifier.split(':')[4]}` whose own policies allow it"
    return f"`{identifier}`" if identifier != UNKNOWN else identifier


def _ordered(conditions: Iterable[Condition]) -> list[Condition]:
    return sorted(conditions, key=lambda one: (one.key, one.operator))
