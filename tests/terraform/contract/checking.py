"""Check a whole plan against AWS's limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.terraform.contract.limits import Finding, Limit
from tests.terraform.contract.mapping import Mapped, mapped_types
from tests.terraform.contract.relations import RELATED, RELATIONS
from tests.terraform.contract.rows import ROWS, TAG_COUNT, TAG_KEY, TAG_VALUE
from tests.terraform.contract.walking import Resource, Value, known, resources_of, unknown

#: Critical arguments: their values must have a limit, and be known before an apply or be listed.
CRITICAL = re.compile(
    r"((\w+_)?(name|description|comment|policy|policy_document|dashboard_body|event_pattern)"
    r"|bucket|key|domain_name|cidr_block|value|content|tags_all(\{key\}|\{\})?|environment\.variables(\{key\}|\{\})?)"
)

_TAGS: Mapping[str, Limit] = {"tags_all": TAG_COUNT, "tags_all{key}": TAG_KEY, "tags_all{}": TAG_VALUE}


@dataclass(frozen=True)
class Report:
    """The result of checking a plan.

    Args:
        findings: values that AWS would refuse.
        unmapped: `type.argument` of values that no table lists; `type.*` for a type without a table.
        unlimited: `type.argument` of planned critical values without a limit.
        known: `type.argument` of critical values that are known in the plan.
        unknown: `type.argument` of critical values that are unknown in the plan, with their addresses.
        checked: number of comparisons of a value with a limit.
    """

    findings: tuple[Finding, ...]
    unmapped: frozenset[str]
    unlimited: frozenset[str]
    known: frozenset[str]
    unknown: Mapping[str, tuple[str, ...]]
    checked: int


def check(document: Mapping[str, Any]) -> Report:
    """Compare every value of a plan with every limit.

    Args:
        document: the plan as `terraform show -json` prints it.

    Raises:
        LookupError: a table names something that is missing in AWS's models.
    """
    resources = resources_of(document)
    found = _Found()
    for resource in resources:
        mapped = mapped_types().get(resource.kind)
        if mapped is None:
            found.unmapped.add(f"{resource.kind}.*")
            continue
        for each in known(resource, mapped.maps):
            _check_value(found, resource, mapped, each)
        for argument in unknown(resource, mapped.maps):
            if CRITICAL.fullmatch(argument) and argument in mapped.limits:
                found.unknown.setdefault(f"{resource.kind}.{argument}", []).append(resource.address)
    for relation in RELATIONS:
        found.findings += relation(resources)
    return Report(
        tuple(found.findings),
        frozenset(found.unmapped),
        frozenset(found.unlimited),
        frozenset(found.known),
        {name: tuple(addresses) for name, addresses in found.unknown.items()},
        found.checked,
    )


def listed(findings: Iterable[Finding]) -> str:
    """Return the text of all findings, each once, for a test's message."""
    lines = list(dict.fromkeys(map(str, findings)))
    return f"AWS would refuse {len(lines)} value{'s' * (len(lines) != 1)}:\n" + "\n".join(lines)


@dataclass
class _Found:
    """A report under construction."""

    findings: list[Finding] = field(default_factory=list)
    unmapped: set[str] = field(default_factory=set)
    unlimited: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    checked: int = 0


def _check_value(found: _Found, resource: Resource, mapped: Mapped, each: Value) -> None:
    rows = _rows(resource.kind, each.argument)
    name = f"{resource.kind}.{each.argument}"
    if each.argument in mapped.unsent or _is_absent(mapped, each.argument, each.value):
        found.findings += _broken(resource, each.argument, each.value, rows)
        return
    if each.argument not in mapped.limits:
        found.unmapped.add(name)
        return
    limits = (*mapped.limits[each.argument], *rows)
    if CRITICAL.fullmatch(each.argument) and not isinstance(each.value, bool):
        found.known.add(name)
        if not limits and name not in RELATED:
            found.unlimited.add(name)
    found.checked += len(limits)
    found.findings += _broken(resource, each.argument, each.value, limits)


def _rows(kind: str, argument: str) -> tuple[Limit, ...]:
    found = ROWS.get(kind, {}).get(argument) or _TAGS.get(argument)
    return (found,) if found else ()


def _broken(resource: Resource, argument: str, value: Any, limits: Iterable[Limit]) -> Iterator[Finding]:
    for limit in limits:
        for rule in limit.broken_by(value):
            yield Finding(resource.address, argument, value, rule, limit.source)


def _is_absent(mapped: Mapped, argument: str, value: Any) -> bool:
    return argument in mapped.absent and bool(mapped.absent[argument] == value)
