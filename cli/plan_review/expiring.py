"""The objects that a bucket's lifecycle rules delete, and the rules that delete more, or sooner, than before.

Elements of a rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from plan_review.markdown import joined

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Scope:
    """The objects of a rule: those with a prefix, all of some tags, and a size in bytes between two limits."""

    prefix: str = ""
    tags: frozenset[tuple[str, str]] = frozenset()
    larger_than: float = 0
    smaller_than: float = math.inf

    def covers(self, other: Scope) -> bool:
        """Return whether it includes every object of another scope."""
        return (
            other.prefix.startswith(self.prefix)
            and self.tags <= other.tags
            and self.larger_than <= other.larger_than
            and self.smaller_than >= other.smaller_than
        )

    def __str__(self) -> str:
        """Return a phrase to append: " under `logs/`, tagged `kind=log`"; empty for all objects."""
        tags = joined(f"`{key}={value}`" for key, value in sorted(self.tags))
        words = [
            f"under `{self.prefix}`" if self.prefix else "",
            f"tagged {tags}" if tags else "",
            f"larger than {self.larger_than:g} bytes" if self.larger_than else "",
            f"smaller than {self.smaller_than:g} bytes" if self.smaller_than < math.inf else "",
        ]
        return f" {', '.join(filter(None, words))}".rstrip()


@dataclass(frozen=True)
class Expiry:
    """What one rule deletes, and when.

    Attributes:
        rule: id of the rule.
        what: whether it deletes objects or old versions of them.
        scope: the objects that it applies to.
        days: after how many days; None if on a date, or known only on apply.
        date: on which date, ISO 8601; empty if after some days, or known only on apply.
        kept: how many of an object's newest old versions the rule keeps.
    """

    rule: str
    what: Literal["objects", "old versions"]
    scope: Scope
    days: float | None
    date: str = ""
    kept: float = 0

    def covers(self, other: Expiry) -> bool:
        """Return whether it deletes everything that another one deletes, and no later."""
        if not self.is_about(other):
            return False
        if self.days is None or other.days is None:
            return bool(self.date) and bool(other.date) and self.date <= other.date
        return self.days <= other.days and self.kept <= other.kept

    def is_about(self, other: Expiry) -> bool:
        """Return whether it deletes, sooner or later, everything that another one deletes."""
        return self.what == other.what and self.scope.covers(other.scope)

    @property
    def when(self) -> str:
        """The time as text: "after 30 days, except the newest 2"."""
        if self.date:
            return f"on {self.date.partition('T')[0]}"
        if self.days is None:
            return "after a time that is known only on apply"
        return f"after {self.days:g} days" + (f", except the newest {self.kept:g}" if self.kept else "")


def expiries(rules: Any, unknown: Any = None) -> list[Expiry]:
    """Return what the enabled rules delete.

    Args:
        rules: the `rule` blocks of a lifecycle configuration.
        unknown: the settings of the blocks that are known only on apply, in the same shape.
    """
    hidden = unknown if isinstance(unknown, list) else []
    found = enumerate(rules or [])
    return [one for at, rule in found for one in _expiries(rule, hidden[at] if at < len(hidden) else {})]


def newly_deleted(before: list[Expiry], after: list[Expiry]) -> Iterator[str]:
    """Yield a sentence for each rule that deletes objects that were kept, or kept longer, until now."""
    for one in after:
        if any(other.covers(one) for other in before):
            continue
        same = [other for other in before if other.what == one.what]
        whole = [other for other in same if other.is_about(one)]
        first = min(whole, key=lambda other: other.days or 0, default=None)
        was = first.when if first else "no rule deletes all of them" if same else "no rule deletes them"
        yield f"rule `{one.rule}` deletes {one.what}{one.scope} {one.when}; until now {was}"


def _expiries(rule: Values, hidden: Values) -> Iterator[Expiry]:
    if rule.get("status") == "Disabled":
        return
    name, scope = str(rule.get("id", "")), _scope(rule)
    # Without days and date, an expiration applies to delete markers, which hold no data.
    found, unknown = _first(rule, "expiration"), _first(hidden, "expiration")
    days, date = found.get("days"), found.get("date")
    if days or date or unknown.get("days") is True or unknown.get("date") is True:
        yield Expiry(name, "objects", scope, float(days) if days else None, str(date or ""))
    found, unknown = _first(rule, "noncurrent_version_expiration"), _first(hidden, "noncurrent_version_expiration")
    days, kept = found.get("noncurrent_days"), found.get("newer_noncurrent_versions")
    is_unknown = unknown.get("noncurrent_days") is True
    if days or kept or is_unknown:
        yield Expiry(name, "old versions", scope, None if is_unknown else float(days or 0), kept=float(kept or 0))


def _scope(rule: Values) -> Scope:
    """Return the scope of a rule's filter; a part known only on apply does not limit it: the rule counts as wider."""
    found = _first(rule, "filter")
    all_of = _first(found, "and")
    tag = _first(found, "tag")
    tags = {**({tag["key"]: tag.get("value")} if tag.get("key") else {}), **(all_of.get("tags") or {})}
    return Scope(
        str(rule.get("prefix") or found.get("prefix") or all_of.get("prefix") or ""),
        frozenset((str(key), str(value)) for key, value in tags.items()),
        float(found.get("object_size_greater_than") or all_of.get("object_size_greater_than") or 0),
        float(found.get("object_size_less_than") or all_of.get("object_size_less_than") or math.inf),
    )


def _first(values: Values, block: str) -> Values:
    found = values.get(block) or [{}]
    first: Values = found[0] if isinstance(found, list) else {}
    return first or {}
