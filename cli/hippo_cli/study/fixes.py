"""Suggests a fix for a fault of a project: the nearest value that the function accepts."""

from __future__ import annotations

import copy
import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import yaml

from hippo_cli.study.aws_setup import NOT_ON_FARGATE
from hippo_cli.study.payload import SET_BY_HIPPO, payload_of
from hippo_gym.runtime import schemas
from hippo_gym.runtime.schemas import Fault
from hippo_gym.studies import registration
from hippo_gym.studies.projects import GAME

UNKNOWN_KEY: Final = "an unknown key"
MISSING: Final = "nothing"
"""The text of `Fault.found` for an unknown key, and for a missing one."""

_HOMES: Final = {
    "startServerStep": "events",
    "stopServerStep": "events",
    "stopDelay": "events",
    "finalStep": "steps",
    "cpu": "awsSetup",
    "memory": "awsSetup",
    "region": "awsSetup",
    "rootDomain": "awsSetup",
}


def fix(key: str, written: str | None, project: Any, fault: Fault) -> str:
    """Return what to do about a fault of a project.

    Args:
        key: the key, as config.yml has it.
        written: the value's source text, if it differs from the value: `012` is the number 10.
        project: the mapping.
        fault: the mapping's fault.
    """
    head = fault.path.rpartition(".")[0]
    if not isinstance(project, Mapping):
        return "Write `id`, `name`, `steps` and so on below it, each on its own line, indented by two more spaces."
    if fault.found == UNKNOWN_KEY:
        return _for_unknown(key, head, fault)
    if fault.path.startswith("texts.") and fault.found.startswith("the placeholder"):
        return f"Write `{fault.nearest}`." if fault.nearest else "Delete it from the text."
    rule = _rule(fault.path)
    example = _shown(rule["examples"][0]) if rule.get("examples") else None
    if fault.path == "steps":
        return "Write `steps:`, and below it the steps, each on its own line: `1: 1_consent.html`, `2: game`, …"
    if fault.found == MISSING:
        return f"Add `{key}: {example}`, with your own value." if example else f"Add `{key}:` with a value."
    for candidate in _candidates(written, fault.path, _at(project, _parts(fault.path))):
        if _would_fix(project, fault.path, candidate):
            return f"Write `{_shown(candidate)}`." if key.endswith("]") else f"Write `{key}: {_shown(candidate)}`."
    return f"Write, for example, `{key}: {example}`." if example else "Change it to what is allowed."


def _candidates(written: str | None, path: str, value: Any) -> Iterator[Any]:
    """Yield values that the author of a value that is not allowed may have meant."""
    if written is not None:
        yield written
    rule = _rule(path)
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield min(max(round(value), rule.get("minimum", value)), rule.get("maximum", value))
    if not isinstance(value, str):
        return
    text = value.strip()
    if path in ("opensAt", "closesAt"):
        yield from _with_offset(text)
    yield text
    yield text.lower()
    if re.fullmatch(r"-?\d{1,9}(\.0*)?", text):
        yield int(float(text))
    yield {"yes": True, "true": True, "no": False, "false": False}.get(text.lower())
    if path.startswith("steps.") and text != GAME:
        plain = text.replace("\\", "/").lstrip("./")
        yield plain
        yield re.sub(r"(\.html?)?$", ".html", plain, count=1, flags=re.IGNORECASE)
    yield from difflib.get_close_matches(text.lower(), [str(name) for name in rule.get("enum", ())], n=1)
    yield re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_-")[:63]


def _for_unknown(key: str, head: str, fault: Fault) -> str:
    if key.lower() in NOT_ON_FARGATE:
        return NOT_ON_FARGATE[key.lower()]
    if key in _HOMES and head != _HOMES[key]:
        return f"Put it under `{_HOMES[key]}:`."
    if fault.nearest:
        return f"Rename it to `{fault.nearest}`."
    if head == "steps":
        return "Number the steps 1, 2, 3, …"
    return (None if head else rename(key, known_keys())) or "Delete it."


def _with_offset(text: str) -> Iterator[str]:
    """Yield a date without offset with the offset that this computer's clock has then."""
    try:
        moment = datetime.fromisoformat(text)
        yield (moment if moment.tzinfo is not None else moment.astimezone()).isoformat()
    except (ValueError, OverflowError, OSError):
        return


def _would_fix(project: Mapping[str, Any], path: str, candidate: Any) -> bool:
    """Return whether this value would remove the fault at `path`."""
    if candidate is None or candidate == "":
        return False
    changed = copy.deepcopy(dict(project))
    *parents, last = _parts(path)
    match _at(changed, parents), last:
        case list() as items, int():
            items[last] = candidate
        case dict() as mapping, str():
            mapping[last] = candidate
        case _:
            return False
    return all(fault.path != path for fault in registration.read_payload(payload_of(changed)).faults)


def _parts(path: str) -> list[str | int]:
    """Split a path into keys and the indexes of list items."""
    found = re.findall(r"\[(\d+)\]|([^.\[\]]+)", path)
    return [int(index) if index else key for index, key in found]


def _at(value: Any, parts: Sequence[str | int]) -> Any:
    for part in parts:
        if isinstance(part, int):
            value = value[part] if isinstance(value, list) and part < len(value) else None
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def rename(key: str, known: Sequence[str]) -> str | None:
    """Return advice to use the most similar known key; None if no key is similar."""
    lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(key.lower(), lower, n=1, cutoff=0.6)
    return f"Rename it to `{lower[close[0]]}`." if close else None


def _shown(value: Any) -> str:
    """Format a value as YAML, on one line."""
    if isinstance(value, str) and _needs_no_quotes(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _needs_no_quotes(text: str) -> bool:
    """Return whether YAML reads a text unchanged without quotes."""
    try:
        return bool(yaml.safe_load(text) == text)
    except (yaml.YAMLError, ValueError):
        return False


@cache
def known_keys() -> tuple[str, ...]:
    """Return the keys that are allowed under `project:`."""
    keys = [*_project_schema()["properties"], *sorted(registration.LEGACY_KEYS | registration.AUTHORING_KEYS)]
    return tuple(key for key in keys if key not in SET_BY_HIPPO | {"team_members"})


@cache
def _project_schema() -> Mapping[str, Any]:
    return schemas.contents(schemas.PROJECT)


def _rule(path: str) -> Mapping[str, Any]:
    """Return the schema of a key; an empty one for an unknown key."""
    rule: Mapping[str, Any] = _project_schema()
    for part in _parts(path):
        if isinstance(part, int):
            rule = rule.get("items", {})
            continue
        patterns: Mapping[str, Any] = rule.get("patternProperties", {})
        others = rule.get("additionalProperties")
        candidates = [found for pattern, found in patterns.items() if re.search(pattern, part)]
        candidates += [others] if isinstance(others, Mapping) else []
        rule = rule.get("properties", {}).get(part) or (candidates[0] if candidates else {})
        if "$ref" in rule:
            rule = _project_schema()["$defs"].get(rule["$ref"].rpartition("/")[2], {})
    return rule
