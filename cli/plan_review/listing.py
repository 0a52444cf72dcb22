"""The section of the page that lists every resource that changes; many of one kind are one line that opens."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from html import escape
from typing import Final

from hippo_common.words import count
from plan_review.changes import Change
from plan_review.differences import Difference, differences
from plan_review.markdown import collapsible, items, joined
from plan_review.names import kind, label, module_of, name, plural

_MAX_DIFFERENCES: Final = 12
_MANY: Final = 4  # items of one kind that are listed openly


def changes(changed: Sequence[Change]) -> str:
    """Return the resources that are destroyed, replaced, changed and added; additions are folded by module."""
    parts = []
    for action, heading in (
        ("delete", "Destroyed"),
        ("replace", "Replaced: destroyed and created again"),
        ("forget", "Kept in AWS, removed from Terraform's state"),
    ):
        found = [change for change in changed if change.action == action]
        if found:
            parts.append(
                f"### {heading} ({len(found)})\n\n{_by_kind(found, lambda one: [_line(each) for each in one])}"
            )
    updated = [change for change in changed if change.action == "update"]
    if updated:
        parts.append(f"### Changed ({len(updated)})\n\n{_by_kind(updated, _updates)}")
    imported = [change for change in changed if change.imported]
    if imported:
        lines = items(f"{label(change)} from `{change.imported}`" for change in imported)
        parts.append(f"### Imported into Terraform's state ({len(imported)})\n\n{lines}")
    added = [change for change in changed if change.action == "create"]
    if added:
        parts.append(f"### Added ({len(added)})\n\n{_added(added)}")
    return "\n\n".join(parts)


def _line(change: Change) -> str:
    causes = {one.path: one for one in differences(change)} if change.forced_by else {}
    forced = [
        f"`{path}` {_value(causes[path].before)} → {_value(causes[path].after)}" if path in causes else f"`{path}`"
        for path in change.forced_by
    ]
    why = f", because of {joined(forced)}" if forced else ""
    return f"{label(change)}{why} <sub>`{change.address}`</sub>"


def _by_kind(found: Sequence[Change], lines: Callable[[Sequence[Change]], list[str]]) -> str:
    """Return the lines of each kind; if there are many, as one line that opens."""
    kinds: dict[str, list[Change]] = defaultdict(list)
    for change in found:
        kinds[kind(change)].append(change)
    open_, closed = [], []
    for thing, members in kinds.items():
        listed = lines(members)
        names = escape(", ".join(name(change) for change in members[:_MANY]))
        title = f"{count(len(members), thing, plural(thing))}: {names} and {len(members) - _MANY} more"
        if len(listed) > _MANY:
            closed.append(collapsible(title, items(listed)))
        else:
            open_ += listed
    # In Markdown a list ends only where a blank line follows.
    return "\n\n".join([*([items(open_)] if open_ else []), *closed])


def _updates(updated: Sequence[Change]) -> list[str]:
    """Return an item for each set of changed resources of one kind that have the same differences."""
    groups: dict[tuple[tuple[Difference, ...], tuple[str, ...]], list[Change]] = defaultdict(list)
    for change in updated:
        groups[tuple(differences(change)), _elsewhere(change)].append(change)
    parts = []
    for (found, elsewhere), members in groups.items():
        first = label(members[0]) if len(members) == 1 else _all_of(members)
        shown = [f"`{one.path}`: {_value(one.before)} → {_value(one.after)}" for one in found[:_MAX_DIFFERENCES]]
        if len(found) > _MAX_DIFFERENCES:
            shown.append(f"and {len(found) - _MAX_DIFFERENCES} more settings: see plan.json")
        shown += elsewhere
        parts.append(first + (f"\n{items(shown, indent=1)}" if shown else ""))
    return parts


def _all_of(members: Sequence[Change]) -> str:
    thing = kind(members[0])
    return f"{count(len(members), thing, plural(thing))}: {joined(f'`{name(change)}`' for change in members)}"


def _elsewhere(change: Change) -> tuple[str, ...]:
    """Return pointers to changes that other sections show: code and policies."""
    found = []
    if change.before.get("source_code_hash") != change.after.get("source_code_hash"):
        found.append("code: see Code")
    if any(
        change.before.get(key) != change.after.get(key) or change.is_unknown(key)
        for key in ("policy", "assume_role_policy", "inline_policy", "managed_policy_arns")
        if key in change.before or key in change.after
    ):
        found.append("policy: see Permissions")
    return tuple(found)


def _value(text: str) -> str:
    return text if text.startswith("(") else f"`{text}`"


def _added(added: Sequence[Change]) -> str:
    modules: dict[str, list[Change]] = defaultdict(list)
    for change in added:
        modules[module_of(change)].append(change)
    return "\n".join(
        collapsible(
            f"<b>{module}</b>: {_kinds(members)}",
            items(f"{label(change)} <sub>`{change.address}`</sub>" for change in members),
        )
        for module, members in sorted(modules.items())
    )


def _kinds(members: Sequence[Change]) -> str:
    kinds = Counter(kind(change) for change in members)
    return ", ".join(f"{thing} ({number})" if number > 1 else thing for thing, number in sorted(kinds.items()))
