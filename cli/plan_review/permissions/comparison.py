"""Compares two versions of a policy: which changes make it wider, and which narrower.

A change counts as wider unless it is certain that it is narrower, or has the same effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from plan_review.permissions.statements import (
    DENY,
    UNKNOWN,
    Condition,
    Statement,
    in_any_case,
    is_covered,
    is_permitted,
)

Direction = Literal["wider", "narrower", "same"]
Element = Literal["statement", "actions", "resources", "principals", "condition", "effect"]


@dataclass(frozen=True)
class Delta:
    """One change of a policy.

    Attributes:
        direction: whether more or less is permitted as a result; removing a Deny makes a policy wider.
        element: the element of the statement that changes.
        statement: the statement after the change; before it, if it is removed.
        added: actions, resources or principals that are added.
        removed: actions, resources or principals that are removed.
        before: the condition before the change.
        after: the condition after the change.
        is_new: whether the whole statement is new.
        is_gone: whether the whole statement is removed.
    """

    direction: Direction
    element: Element
    statement: Statement
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    before: Condition | None = None
    after: Condition | None = None
    is_new: bool = False
    is_gone: bool = False


def compare(before: Sequence[Statement], after: Sequence[Statement]) -> list[Delta]:
    """Return the changes from one policy to the other; none if their statements permit the same."""
    pairs, new, gone = _pairs(before, after)
    deltas = [delta for one, other in pairs for delta in _between(one, other, before, after)]
    deltas += [Delta(_direction_of_new(statement, before), "statement", statement, is_new=True) for statement in new]
    deltas += [Delta(_direction_of_gone(statement, after), "statement", statement, is_gone=True) for statement in gone]
    order = {"wider": 0, "narrower": 1, "same": 2}
    return sorted(deltas, key=lambda delta: order[delta.direction])


def _direction_of_new(statement: Statement, before: Sequence[Statement]) -> Direction:
    if statement.effect == DENY:
        return "narrower"
    return "same" if is_permitted(statement, before) else "wider"


def _direction_of_gone(statement: Statement, after: Sequence[Statement]) -> Direction:
    if statement.effect == DENY:
        return "same" if is_permitted(statement, after) else "wider"
    return "same" if is_permitted(statement, after) else "narrower"


def _pairs(
    before: Sequence[Statement], after: Sequence[Statement]
) -> tuple[list[tuple[Statement, Statement]], list[Statement], list[Statement]]:
    """Pair statements that are equal, have the same Sid, or are similar; return pairs, new and removed ones."""
    left, right = list(before), list(after)
    pairs: list[tuple[Statement, Statement]] = []

    def pair(threshold: float) -> None:
        scored = sorted(
            ((_similarity(one, other), at, to) for at, one in enumerate(left) for to, other in enumerate(right)),
            key=lambda found: -found[0],
        )
        used_left: set[int] = set()
        used_right: set[int] = set()
        for score, at, to in scored:
            if score >= threshold and at not in used_left and to not in used_right:
                used_left.add(at)
                used_right.add(to)
                pairs.append((left[at], right[to]))
        left[:] = [one for at, one in enumerate(left) if at not in used_left]
        right[:] = [other for to, other in enumerate(right) if to not in used_right]

    pair(0.3)
    return pairs, right, left


def _similarity(one: Statement, other: Statement) -> float:
    if one.replaced(sid="") == other.replaced(sid=""):
        return 3
    if one.sid and one.sid == other.sid:
        return 2
    if one.effect != other.effect or (one.sid and other.sid):
        return 0
    actions = _share(in_any_case(one.actions), in_any_case(other.actions))
    services = _share({_service(action) for action in one.actions}, {_service(action) for action in other.actions})
    resources = _share(one.resources, other.resources)
    principals = _share(one.principals, other.principals)
    return 0.0 if not (actions or services) else (2 * actions + resources + principals) / 4


def _service(action: str) -> str:
    return action.split(":")[0].lower()


def _share(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


def _between(one: Statement, other: Statement, before: Sequence[Statement], after: Sequence[Statement]) -> list[Delta]:
    if one.effect != other.effect:
        return [Delta("wider" if one.effect == DENY else "narrower", "effect", other)]
    deltas = []
    parts: tuple[tuple[Element, frozenset[str], frozenset[str], bool, bool], ...] = (
        ("actions", one.actions, other.actions, one.not_actions, other.not_actions),
        ("resources", one.resources, other.resources, one.not_resources, other.not_resources),
        ("principals", one.principals, other.principals, one.not_principals, other.not_principals),
    )
    for element, old, new, not_old, not_new in parts:
        if old == new and not_old == not_new:
            continue
        if not_old != not_new:
            deltas.append(Delta("wider", element, other, added=new, removed=old))
            continue
        added = frozenset(item for item in new - old if item == UNKNOWN or not _is_among(item, old, element))
        removed = frozenset(item for item in old - new if not _is_among(item, new, element))
        more = bool(added) and not _is_permitted_elsewhere(other, element, added, before)
        less = bool(removed) and not _is_permitted_elsewhere(one, element, removed, after)
        if not_new:
            more, less = less, more
        deltas.append(
            Delta(
                _direction(more, less, other), element, other, added=frozenset(new - old), removed=frozenset(old - new)
            )
        )
    return deltas + _conditions(one, other)


def _is_among(item: str, others: frozenset[str], element: Element) -> bool:
    return is_covered(item.lower(), in_any_case(others)) if element == "actions" else is_covered(item, others)


def _is_permitted_elsewhere(
    statement: Statement, element: Element, items: frozenset[str], others: Sequence[Statement]
) -> bool:
    """Return whether other statements permit what was added to this one, or still permit what was removed."""
    part = statement.replaced(**{element: items})
    return statement.effect != DENY and is_permitted(part, others)


def _direction(more: bool, less: bool, statement: Statement) -> Direction:
    if statement.effect == DENY:
        more, less = less, more
    return "wider" if more else "narrower" if less else "same"


def _conditions(one: Statement, other: Statement) -> list[Delta]:
    old = {(condition.operator, condition.key.lower()): condition for condition in one.conditions}
    new = {(condition.operator, condition.key.lower()): condition for condition in other.conditions}
    deltas = []
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        deltas.append(Delta(_condition_direction(was, now, other), "condition", other, before=was, after=now))
    return deltas


def _condition_direction(was: Condition | None, now: Condition | None, statement: Statement) -> Direction:
    if was is None:
        return _direction(more=False, less=True, statement=statement)
    if now is None:
        return _direction(more=True, less=False, statement=statement)
    if not now.is_a_list:
        return "wider"
    more = not all(was.names(value) for value in now.values)
    less = not all(now.names(value) for value in was.values)
    if now.is_negated:
        more, less = less, more
    return _direction(more, less, statement)
