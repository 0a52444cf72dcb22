"""The quick check gives jsonschema's answers: for each keyword, and for the project's schemas."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from hippo_gym.runtime import schemas
from hippo_gym.runtime.quick_check import Unsure, check
from tests.support.inputs import entry

NAMES = [value for name, value in vars(schemas).items() if name.isupper() and str(value).startswith("urn:")]

RULES: list[Any] = [
    True,
    False,
    {},
    {"type": "null"},
    {"type": "boolean"},
    {"type": "integer"},
    {"type": "number"},
    {"type": "string"},
    {"type": "array"},
    {"type": "object"},
    {"type": ["integer", "null"]},
    {"const": 1},
    {"const": True},
    {"const": None},
    {"enum": ["a", 0, False, 1.0]},
    {"enum": []},
    {"minimum": 1},
    {"maximum": 1},
    {"minLength": 2},
    {"maxLength": 1},
    {"pattern": "^a"},
    {"items": {"type": "string"}},
    {"items": False},
    {"minItems": 2},
    {"maxItems": 1},
    {"uniqueItems": True},
    {"uniqueItems": False},
    {"required": ["a", "b"]},
    {"required": []},
    {"minProperties": 2},
    {"maxProperties": 1},
    {"propertyNames": {"maxLength": 1}},
    {"properties": {"a": {"type": "integer"}}},
    {"patternProperties": {"^a": {"type": "integer"}, "b": {"type": "string"}}},
    {"additionalProperties": False},
    {"additionalProperties": {"type": "string"}},
    {"properties": {"a": True}, "patternProperties": {"^b": True}, "additionalProperties": False},
    {"allOf": [{"type": "integer"}, {"minimum": 1}]},
    {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    {"oneOf": [{"type": "integer"}, {"minimum": 1}, {"type": "null"}]},
    {"not": {"type": "integer"}},
    {"not": {"maximum": 1}},
    {"if": {"type": "integer"}, "then": {"minimum": 1}, "else": {"type": "string"}},
    {"if": {"type": "integer"}, "else": {"type": "string"}},
    {"then": False, "else": False},
    {"$ref": "#/$defs/text", "maxLength": 1, "$defs": {"text": {"type": "string"}}},
    {"properties": {"a": {"$ref": "#"}}, "additionalProperties": False},
    {"title": "t", "description": "d", "examples": [1], "default": 2, "$comment": "c"},
]

SCALARS: list[Any] = [None, True, False, 0, 1, 2, -1, 0.0, 1.0, 1.5, 10**400, float("inf"), float("nan")]
SCALARS += ["", "a", "ab", "\N{GRINNING FACE}", "a\n"]
VALUES: list[Any] = [
    *SCALARS,
    *([], ["a"], ["a", "a"], ["a", "b"], [1, 2], [1, True], [1, 1.0], [["a"], ["a"]], [{}, {}]),
    *({}, {"a": 1}, {"a": "x"}, {"a": None, "b": "x"}, {"b": 1}, {"abc": 1}, {"ab": "x", "c": "x"}),
    *({"a": {"a": {}}}, {"a": {"a": {"b": 1}}}),
]


@pytest.mark.parametrize("rule", RULES, ids=json.dumps)
def test_every_keyword_means_the_same_as_for_jsonschema(rule: Any) -> None:
    resource: Resource[Any] = Resource.from_contents(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:x", "$ref": "#/$defs/rule"}
        | {"$defs": {"rule": rule, "text": {"type": "string"}}}
    )
    registry = Registry[Any]().with_resource("urn:x", resource).crawl()
    quick = check(resource.contents, registry.resolver("urn:x"))
    reference = Draft202012Validator({"$ref": "urn:x"}, registry=registry)
    assert all(_answers(quick, value) in (reference.is_valid(value), Unsure) for value in VALUES)


def _answers(quick: Any, value: Any) -> Any:
    try:
        return quick(value)
    except Unsure:
        assert isinstance(value, list), "only parts of arrays are not compared"
        return Unsure


@pytest.mark.parametrize(
    "rule",
    [{"format": "date"}, {"dependentRequired": {}}, {"const": []}, {"properties": {"a": {"$id": "urn:y"}}}],
    ids=json.dumps,
)
def test_what_it_does_not_know_is_not_decided(rule: Any) -> None:
    with pytest.raises(Unsure):
        check(rule, Registry[Any]().resolver())


@pytest.mark.parametrize("name", NAMES)
def test_it_knows_every_keyword_of_the_schemas(name: str) -> None:
    found = schemas._registry().resolver().lookup(name)
    check(found.contents, found.resolver)


PARTICIPANT: dict[str, Any] = schemas.contents(schemas.PARTICIPANT_RECORD)["properties"]
VALID: dict[str, Any] = {
    schemas.PROJECT: entry(conditions={"colour": ["red", "blue"]}, assignment="balanced", maxSessions=3),
    schemas.PARTICIPANT_RECORD: {
        name: rule["examples"][-1] for name, rule in PARTICIPANT.items() if "examples" in rule
    },
    schemas.SESSION_RECORD: {
        name: rule["examples"][-1]
        for name, rule in schemas.contents(schemas.SESSION_RECORD)["properties"].items()
        if "examples" in rule
    }
    | {"sessionId": "20261122-0f3c5d7e9a1b2c4d", "projectId": "study", "userId": "ada"}
    | dict.fromkeys(("requestedAt", "createdAt", "updatedAt", "stopAt"), "2026-11-22T12:00:00+00:00"),
    schemas.START_MESSAGE: {
        "action": "start",
        "projectId": "study",
        "userId": "ada",
        "sessionId": "20261122-0f3c5d7e9a1b2c4d",
        "requestedAt": "2026-11-22T12:00:00+00:00",
    },
}

PARTS = st.sampled_from([*SCALARS, [], {}, ["a"], {"a": 1}, {"1": None}, "1", "finalStep", "2026-11-22T12:00:00+00:00"])


def _places(value: Any, *path: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each part of a value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*path, key)
        yield from _places(part, *path, key)


@pytest.mark.parametrize("name", VALID)
def test_valid_documents_need_no_second_look(name: str) -> None:
    assert schemas._passes(name, VALID[name])


@pytest.mark.parametrize("name", VALID)
@given(data=st.data())
def test_changed_documents_are_as_valid_as_for_jsonschema(name: str, data: st.DataObject) -> None:
    value = copy.deepcopy(VALID[name])
    for _ in range(data.draw(st.integers(0, 3))):
        *path, key = data.draw(st.sampled_from([("new",), *_places(value)]))
        inner = value
        for step in path:
            inner = inner[step]
        if data.draw(st.booleans()) and (key in inner if isinstance(inner, dict) else True):
            del inner[key]
        else:
            inner[key] = copy.deepcopy(data.draw(PARTS))
    expected = schemas._validator(name).is_valid(value)
    assert schemas._passes(name, value) == expected
