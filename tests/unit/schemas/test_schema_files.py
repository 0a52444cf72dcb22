"""The schema files are valid, describe every field, and their examples are valid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).resolve().parents[3] / "schemas"
FILES = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.schema.json"))}
REGISTRY: Registry[Any] = (
    Registry[Any]()
    .with_resources([(schema["$id"], Resource.from_contents(schema)) for schema in FILES.values()])
    .crawl()
)


def fields(schema: Any, base: str, path: str = "") -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield path, base URI and rule of each field that a schema describes, at any depth."""
    if isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from fields(part, base, f"{path}/{index}")
    if not isinstance(schema, Mapping):
        return
    base = schema.get("$id", base)
    for group in ("properties", "patternProperties"):
        for name, rule in schema.get(group, {}).items():
            if "then" not in path.split("/"):
                yield f"{path}/{name}", base, rule
    for key, part in schema.items():
        if key not in {"examples", "if", "default", "const", "enum"}:
            yield from fields(part, base, f"{path}/{key}")


def describe(rule: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Follow a rule's `$ref`; the rule's own keywords win."""
    described = dict(rule)
    while "$ref" in described:
        reference = described.pop("$ref")
        described = dict(REGISTRY.resolver(base).lookup(reference).contents) | described
    return described


FIELDS = {
    f"{name}{path}": (base, rule)
    for name, schema in FILES.items()
    for path, base, rule in fields(schema, schema["$id"])
}


def accepts(base: str, rule: Mapping[str, Any], value: Any) -> bool:
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{base}-of-a-test", "allOf": [rule]}
    local = json.loads(json.dumps(whole).replace('"#/', f'"{base}#/'))
    return bool(Draft202012Validator(local, registry=REGISTRY).is_valid(value))


def test_every_kind_of_data_has_a_schema() -> None:
    assert set(FILES) == {
        f"{name}.schema.json"
        for name in (
            "project",
            "kept_version",
            "master_list",
            "session_messages",
            "session_record",
            "participant_record",
            "trial_event",
        )
    }


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_schema_is_valid_2020_12(name: str) -> None:
    assert FILES[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(FILES[name])


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_schema_has_title_and_description(name: str) -> None:
    assert {"title", "description", "examples"} <= set(FILES[name])


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_schema_s_examples_obey_it(name: str) -> None:
    validator = Draft202012Validator(FILES[name], registry=REGISTRY)
    assert [error.message for example in FILES[name]["examples"] for error in validator.iter_errors(example)] == []


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_field_is_described(field: str) -> None:
    base, rule = FIELDS[field]
    assert describe(rule, base).get("description", "").strip() != ""


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_field_has_examples(field: str) -> None:
    base, rule = FIELDS[field]
    assert describe(rule, base).get("examples", []) != []


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_field_s_examples_obey_it(field: str) -> None:
    base, rule = FIELDS[field]
    examples = describe(rule, base).get("examples", [])
    assert [example for example in examples if not accepts(base, rule, example)] == []
