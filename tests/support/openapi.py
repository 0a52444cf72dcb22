"""schemas/openapi.json as a judge of answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENT: Final = json.loads((ROOT / "schemas" / "openapi.json").read_text("utf-8"))


def closed_objects(part: Any) -> Any:
    """Return a copy in which every object schema refuses the keys that it does not describe."""
    if isinstance(part, list):
        return [closed_objects(each) for each in part]
    if not isinstance(part, Mapping):
        return part
    copy = {key: closed_objects(value) for key, value in part.items()}
    if part.get("type") == "object" and "properties" in part:
        copy.setdefault("additionalProperties", False)
    return copy


@cache
def _validator(pointer: str) -> Draft202012Validator:
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:openapi"}
    registry = Registry[Any]().with_resource("urn:openapi", Resource.from_contents(closed_objects(DOCUMENT) | draft))
    return Draft202012Validator({"$ref": f"urn:openapi#{pointer}"}, registry=registry)


def faults(pointer: str, value: Any) -> list[str]:
    """Return what the schema at a JSON pointer of the document refuses in a value."""
    return [f"{error.json_path}: {error.message}" for error in _validator(pointer).iter_errors(value)]


def statuses(path: str, method: str) -> frozenset[int]:
    """Return the statuses that the document names for a method, in lower case; empty if it has none."""
    return frozenset(int(status) for status in DOCUMENT["paths"][path].get(method, {"responses": ()})["responses"])


def schema_of(path: str, method: str, status: int) -> str:
    """Return the pointer to the schema of an answer; a status that the document does not name is a KeyError."""
    response = DOCUMENT["paths"][path][method]["responses"][str(status)]
    pointer = f"/paths/{path.replace('/', '~1')}/{method}/responses/{status}"
    found: str = response.get("$ref", f"#{pointer}")
    return found.removeprefix("#") + "/content/application~1json/schema"
