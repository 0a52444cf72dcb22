"""A plan's JSON as plain objects, with every sensitive value masked.

The format: https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

Action = Literal["create", "update", "replace", "delete", "forget", "keep"]

MASKED: Final = "(sensitive)"
MASKED_NEW: Final = "(sensitive, changed)"

_SECRET_NAME: Final = re.compile(
    r"(pass(word|wd|phrase)|secret|credential|private_?key|api_?key|access_?key|auth_?token|session_?token|webhook)",
    re.I,
)
"""Names of settings whose value is masked even if not declared sensitive, such as a function's variable."""

_NOT_SECRET: Final = re.compile(r"arn$|_id$|_name$", re.IGNORECASE)

_ACTIONS: Final[Mapping[tuple[str, ...], Action]] = {
    ("no-op",): "keep",
    ("read",): "keep",
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("create", "forget"): "replace",
}


@dataclass(frozen=True)
class Change:
    """A plan's action on one resource.

    Attributes:
        address: its address, such as `module.function["next_step"].aws_iam_role.this`.
        module: address of its module; empty for the root.
        type: its type, such as aws_iam_role.
        name: its name in the configuration.
        key: its count or for_each key, as text; empty without one.
        action: what the plan does with it.
        before: its settings now; empty for a new resource.
        after: its known settings after the apply; empty for a destroyed resource.
        unknown: settings that are known only on apply, in the shape of `after` with True for each.
        forced_by: paths of the settings that force a replacement.
        imported: the id that Terraform imports it by; empty if it is not imported.
        is_data: whether it is a data source that is read on apply.
    """

    address: str
    module: str
    type: str
    name: str
    key: str
    action: Action
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    unknown: Mapping[str, Any] = field(default_factory=dict)
    forced_by: tuple[str, ...] = ()
    imported: str = ""
    is_data: bool = False

    @property
    def remains(self) -> bool:
        """Whether Terraform manages it after the apply."""
        return self.action not in {"delete", "forget"}

    @property
    def existed(self) -> bool:
        """Whether it exists now."""
        return self.action != "create"

    @property
    def values(self) -> Mapping[str, Any]:
        """Its settings after the apply; those of now if it is destroyed."""
        return self.after or self.before

    def is_unknown(self, setting: str) -> bool:
        """Whether a setting is known only on apply."""
        return self.unknown.get(setting) is True


class Plan:
    """A plan to review."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read a plan from the parsed output of `terraform show -json`."""
        self._document = document

    @cached_property
    def every(self) -> list[Change]:
        """All resources, unchanged ones included, and the data sources that are read on apply."""
        return [_change(found) for found in self._document.get("resource_changes", [])]

    @cached_property
    def resources(self) -> list[Change]:
        """All resources, unchanged ones included."""
        return [change for change in self.every if not change.is_data]

    @cached_property
    def changed(self) -> list[Change]:
        """The resources that the plan changes or imports."""
        return [change for change in self.resources if change.action != "keep" or change.imported]

    @cached_property
    def drifted(self) -> list[Change]:
        """The resources that were changed outside Terraform since the last apply."""
        return [_change(found) for found in self._document.get("resource_drift", []) if found["mode"] == "managed"]

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The configuration that the plan was made from."""
        found: Mapping[str, Any] = self._document.get("configuration", {})
        return found

    @property
    def is_whole(self) -> bool:
        """Whether the plan covers the whole deployment, not only targeted resources."""
        return bool(self._document.get("complete", True))

    @property
    def outputs(self) -> Mapping[str, Mapping[str, Any]]:
        """The root module's outputs: their name → their `actions`, `before` and `after`."""
        return self._document.get("output_changes") or {}

    @property
    def changes_outputs(self) -> list[str]:
        """Names of the outputs that change."""
        return sorted(name for name, output in self.outputs.items() if output["actions"] != ["no-op"])

    def variable(self, name: str) -> Any:
        """Return the value of a root variable, or its default; None if it is not known."""
        return (self._document.get("variables") or {}).get(name, {}).get("value")

    def of_types(self, types: Iterable[str]) -> list[Change]:
        """Return the resources of some types, unchanged ones included."""
        return [change for type_ in dict.fromkeys(types) for change in self._by_type.get(type_, ())]

    @cached_property
    def _by_type(self) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        for change in self.resources:
            found.setdefault(change.type, []).append(change)
        return found


def _change(found: Mapping[str, Any]) -> Change:
    change = found["change"]
    before, after = _masked_pair(
        change.get("before"),
        change.get("after"),
        change.get("before_sensitive"),
        change.get("after_sensitive"),
    )
    key = found.get("index", "")
    return Change(
        address=found["address"],
        module=found.get("module_address", ""),
        type=found["type"],
        name=found["name"],
        key=str(key),
        action=_ACTIONS[tuple(change["actions"])],
        before=before or {},
        after=after or {},
        unknown=change.get("after_unknown") or {},
        forced_by=tuple(".".join(map(str, path)) for path in change.get("replace_paths", [])),
        imported=str((change.get("importing") or {}).get("id", "")),
        is_data=found["mode"] == "data",
    )


def _masked_pair(
    before: Any, after: Any, before_sensitive: Any, after_sensitive: Any, name: str = ""
) -> tuple[Any, Any]:
    """Return both values with sensitive parts masked; whether a masked value changes stays visible."""
    if before_sensitive is True or after_sensitive is True or names_a_secret(name, before, after):
        shown = None if before is None else MASKED
        if after is None:
            return shown, None
        return shown, MASKED if before is None or _same(before, after) else MASKED_NEW
    if isinstance(before, dict) or isinstance(after, dict):
        pairs = {
            key: _masked_pair(
                (before or {}).get(key) if isinstance(before, dict) else None,
                (after or {}).get(key) if isinstance(after, dict) else None,
                _part(before_sensitive, key),
                _part(after_sensitive, key),
                key,
            )
            for key in {**(before if isinstance(before, dict) else {}), **(after if isinstance(after, dict) else {})}
        }
        return (
            {key: pairs[key][0] for key in before} if isinstance(before, dict) else before,
            {key: pairs[key][1] for key in after} if isinstance(after, dict) else after,
        )
    if isinstance(before, list) or isinstance(after, list):
        first, second = before if isinstance(before, list) else [], after if isinstance(after, list) else []
        longest = max(len(first), len(second))
        items = [
            _masked_pair(
                first[at] if at < len(first) else None,
                second[at] if at < len(second) else None,
                _part(before_sensitive, at),
                _part(after_sensitive, at),
            )
            for at in range(longest)
        ]
        return (
            [item[0] for item in items[: len(first)]] if isinstance(before, list) else before,
            [item[1] for item in items[: len(second)]] if isinstance(after, list) else after,
        )
    return _plain(before), _plain(after)


def _plain(value: Any) -> Any:
    """Return text without backquotes, so that no name can end the Markdown code around it and hide what follows."""
    return value.replace("`", "'") if isinstance(value, str) else value


def names_a_secret(name: str, *values: Any) -> bool:
    """Return whether a setting's name says that its value, a text, is secret."""
    has_text = any(isinstance(value, str) and value for value in values)
    return has_text and bool(_SECRET_NAME.search(name)) and not _NOT_SECRET.search(name)


def _part(sensitive: Any, key: str | int) -> Any:
    if isinstance(sensitive, dict):
        return sensitive.get(key)
    if isinstance(sensitive, list) and isinstance(key, int) and key < len(sensitive):
        return sensitive[key]
    return None


def _same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
