"""The settings of a resource that change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plan_review.changes import Change

UNKNOWN: Final = "(known only on apply)"
_MAX_VALUE: Final = 100  # characters of a value that is shown
_SHOWN_ELSEWHERE: Final = frozenset({"policy", "assume_role_policy", "tags_all", "source_code_hash", "code_sha256"})
FOLLOWS: Final = frozenset(
    # AWS sets these whenever another setting of the resource changes.
    {"last_modified", "qualified_arn", "qualified_invoke_arn", "version", "version_id", "etag", "last_updated_date"}
)
"""Settings that follow the others."""


@dataclass(frozen=True)
class Difference:
    """A setting that changes: its path, and both values as text."""

    path: str
    before: str
    after: str


def differences(change: Change) -> list[Difference]:
    """Return the settings that change, without policies and code, which have their own sections."""
    first, second = dict(_flat(change.before)), dict(_flat(change.after))
    unknown = [path for path, value in _flat(change.unknown) if value is True]
    found = []
    for path in sorted({*first, *second}):
        if path.split(".")[0] in _SHOWN_ELSEWHERE or any(_within(path, other) for other in unknown):
            continue
        before, after = first.get(path), second.get(path)
        if before != after:
            found.append(Difference(path, _shown(before), _shown(after)))
    for path in unknown:
        if path.split(".")[0] not in _SHOWN_ELSEWHERE | FOLLOWS and change.action == "update":
            before = next((value for key, value in first.items() if _within(key, path)), None)
            found.append(Difference(path, _shown(before), UNKNOWN))
    return sorted(found, key=lambda difference: difference.path)


def _within(path: str, other: str) -> bool:
    return path == other or path.startswith(f"{other}.")


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of a value with their paths; the path of a single block has no index."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and len(value) == 1 and isinstance(value[0], Mapping):
        yield from _flat(value[0], path)
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for at, inner in enumerate(value):
            yield from _flat(inner, f"{path}.{at}")
    elif value not in ("", None, [], {}):
        yield path, value


def _shown(value: Any) -> str:
    if value is None:
        return "(none)"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= _MAX_VALUE else f"{text[: _MAX_VALUE - 1]}…"
