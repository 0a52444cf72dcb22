"""Validates values against `schemas/` and reports faults in words that help a person fix them.

An error text quotes the schema's `description` after "allowed:", so each rule holds its own error
text.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hippo_gym.runtime import quick_check

if TYPE_CHECKING:
    from jsonschema import ValidationError

PROJECT = "urn:hippo-gym:project"
KEPT_VERSION = "urn:hippo-gym:kept-version"
MASTER_LIST_ENVELOPE = "urn:hippo-gym:master-list-envelope"
START_MESSAGE = "urn:hippo-gym:start-message"
STOP_MESSAGE = "urn:hippo-gym:stop-message"
SEND_START_REQUEST = "urn:hippo-gym:send-start-request"
SEND_STOP_REQUEST = "urn:hippo-gym:send-stop-request"
SESSION_RECORD = "urn:hippo-gym:session-record"
PARTICIPANT_RECORD = "urn:hippo-gym:participant-record"
PROJECT_ID = "urn:hippo-gym:session-messages#/$defs/projectId"
USER_ID = "urn:hippo-gym:session-messages#/$defs/userId"
SESSION_ID = "urn:hippo-gym:session-messages#/$defs/sessionId"

_MAX_SHOWN = 80  # characters of a wrong value in a fault's text


@dataclass(frozen=True)
class Fault:
    """One fault of an input: its path, what was found and allowed, and the nearest known key."""

    path: str
    found: str
    allowed: str
    nearest: str | None = None

    def __str__(self) -> str:
        hint = f" (did you mean {self.nearest!r}?)" if self.nearest else ""
        return f"{self.path}: found {self.found}; allowed: {self.allowed}{hint}"


def faults(schema: str, value: Any) -> tuple[Fault, ...]:
    """Return every fault of `value`, ordered by path; empty if it is valid.

    Args:
        schema: one of this module's constants.
        value: parsed JSON.
    """
    return () if _passes(schema, value) else faults_of(_validator(schema).iter_errors(value))


def faults_of(errors: Iterable[ValidationError]) -> tuple[Fault, ...]:
    """Return the faults of a validator's errors, ordered by path, each once."""
    found: dict[tuple[str, str], Fault] = {}
    for error in errors:
        for fault in _faults_of(error):
            found.setdefault((fault.path, fault.found), fault)
    return tuple(sorted(found.values(), key=lambda fault: fault.path))


def half_characters(value: Any, *parts: str | int) -> Iterator[Fault]:
    """Yield a fault for each text with a lone surrogate: JSON can hold it, UTF-8 cannot.

    The faults' own texts are valid UTF-8.

    Args:
        value: parsed JSON.
        parts: the path of `value`.
    """
    if isinstance(value, str) and _printable(value) != value:
        yield Fault(_printable(_path_of(parts)), _shown(value), "whole characters, without lone surrogates")
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if _printable(str(key)) != str(key):
                yield from half_characters(str(key), *parts, str(key))
            yield from half_characters(part, *parts, str(key))
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from half_characters(part, *parts, index)


def prepare(schema: str) -> None:
    """Make the check of a schema before the first value: jsonschema is imported for the first fault only."""
    _quick_check(schema)


def is_valid(schema: str, value: Any) -> bool:
    """Return whether `value` is valid by the schema."""
    return _passes(schema, value) or bool(_validator(schema).is_valid(value))


def contents(schema: str) -> Mapping[str, Any]:
    """Return a schema's content, for tools that explain it."""
    found: Mapping[str, Any] = _place(schema).contents
    return found


def _faults_of(error: ValidationError) -> Iterator[Fault]:
    """Turn one error of jsonschema into a fault, or into one fault per unknown or missing key."""
    path = _path_of(error.absolute_path)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    allowed = str(schema.get("description") or error.message)
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = [str(key) for key in schema.get("properties", {})]
        patterns = list(schema.get("patternProperties", {}))
        for key in error.instance:
            if key not in known and not any(_matches(pattern, str(key)) for pattern in patterns):
                listed = ", ".join(known + (["a whole number from 1 on"] if patterns else []))
                yield Fault(_below(path, str(key)), "an unknown key", listed, _nearest(str(key), known))
    elif error.validator == "required" and isinstance(error.instance, Mapping):
        for key in schema.get("required", []):
            if key not in error.instance:
                yield Fault(_below(path, key), "nothing", _described(schema, key))
    elif error.validator == "oneOf" and schema.get("oneOf") and "description" not in schema:
        branches = [str(branch.get("description", branch)) for branch in schema["oneOf"]]
        yield Fault(path, _shown(error.instance), ", or ".join(branches))
    else:
        yield Fault(path, _shown(error.instance), allowed)


def _described(schema: Mapping[str, Any], key: str) -> str:
    """Return the description of a missing key, following its `$ref` and patterns."""
    rule: Mapping[str, Any] = schema.get("properties", {}).get(key, {})
    for pattern, candidate in schema.get("patternProperties", {}).items():
        if not rule and _matches(pattern, key):
            rule = candidate
    while "description" not in rule and "$ref" in rule:
        rule = _place(rule["$ref"]).contents
    return str(rule.get("description", "a value"))


def _path_of(parts: Iterable[str | int]) -> str:
    path = ""
    for part in parts:
        path = f"{path}[{part}]" if isinstance(part, int) else _below(path, part)
    return path or "(top)"


def _below(path: str, key: str) -> str:
    name = key or '""'
    return name if path in {"", "(top)"} else f"{path}.{name}"


def _shown(value: Any) -> str:
    text = _printable(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def _printable(text: str) -> str:
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _nearest(key: str, known: list[str]) -> str | None:
    folded = {name.lower(): name for name in known}
    close = difflib.get_close_matches(key.lower(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


def _with_python_patterns(schema: Any) -> Any:
    r"""Return a schema whose patterns end with `\Z`.

    In ECMA-262 `$` never matches before a final newline. This rewrites the patterns instead of
    extending the validator, because jsonschema returns to the class that `$schema` names at each
    reference to another file.
    """
    if isinstance(schema, list):
        return [_with_python_patterns(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    rewritten = {key: _with_python_patterns(part) for key, part in schema.items()}
    if isinstance(rewritten.get("pattern"), str):
        rewritten["pattern"] = _python_pattern(rewritten["pattern"])
    if "patternProperties" in rewritten:
        rules = rewritten["patternProperties"]
        rewritten["patternProperties"] = {_python_pattern(pattern): rule for pattern, rule in rules.items()}
    return rewritten


def _python_pattern(pattern: str) -> str:
    return re.sub(r"(?<!\\)\$$", r"\\Z", pattern)


@cache
def _documents() -> dict[str, Any]:
    """Return schemas by their `$id`: every file's, and those in its `$defs` that have one of their own."""
    found = {}
    for path in sorted(_folder().glob("*.schema.json")):
        whole = _with_python_patterns(json.loads(path.read_text(encoding="utf-8")))
        for schema in (whole, *whole.get("$defs", {}).values()):
            if "$id" in schema:
                found[str(schema["$id"])] = schema
    return found


def _place(reference: str) -> quick_check.Place:
    return quick_check.Place({}, _documents()).lookup(reference)


def _passes(schema: str, value: Any) -> bool:
    """Return whether a value is surely valid; if not, jsonschema decides and says why."""
    try:
        return _quick_check(schema)(value)
    except quick_check.Unsure:
        return False


@cache
def _quick_check(schema: str) -> quick_check.Check:
    found = _place(schema)
    try:
        return quick_check.check(found.contents, found.resolver)
    except quick_check.Unsure:
        return lambda _: False


@cache
def _validator(schema: str) -> Any:
    """Return jsonschema's validator; imported here, because next_step starts faster without it."""
    from jsonschema import Draft202012Validator

    return Draft202012Validator({"$ref": schema}, registry=_registry())


@cache
def _registry() -> Any:
    from referencing import Registry, Resource

    resources = [(name, Resource.from_contents(_dated(schema))) for name, schema in _documents().items()]
    return Registry[Any]().with_resources(resources).crawl()


def _dated(schema: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def _folder() -> Path:
    """Find `schemas/`: in the package (pip), beside it (bundle), beside `handlers/` (checkout)."""
    package = Path(__file__).resolve().parents[1]
    root = package.parent
    for folder in (package / "json_schemas", root / "schemas", root.parent / "schemas"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no schemas/ beside {root} or above it: the bundle is incomplete")
