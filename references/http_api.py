"""The HTTP API, from its OpenAPI description."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from references import markdown


def page(schemas: Path) -> str:
    """Return docs/reference/http-api.md, from openapi.json in the folder."""
    document = json.loads((schemas / "openapi.json").read_text(encoding="utf-8"))
    components = document["components"]
    parts = [
        markdown.notice("schemas/openapi.json"),
        "# HTTP API\n",
        f"{document['info']['description']} The same as OpenAPI 3.1: "
        "[openapi.json](../../schemas/openapi.json). What older clients rely on is in "
        "[participant-protocol.md](../participant-protocol.md).\n",
    ]
    for path, item in document["paths"].items():
        for method in ("get", "post"):
            if method in item:
                parts.extend(_operation(method, path, item, components))
    parts.append("## Objects\n")
    for name, schema in components["schemas"].items():
        parts.extend(_object(name, schema))
    return "\n".join(parts).rstrip() + "\n"


def _operation(method: str, path: str, item: Mapping[str, Any], components: Mapping[str, Any]) -> Iterator[str]:
    operation = item[method]
    yield f"## {method.upper()} {path}\n"
    yield f"{operation['summary']} {operation['description']}\n"
    signed = any(operation["security"])
    yield "Needs a request signed with AWS Signature Version 4.\n" if signed else "Needs no credentials.\n"
    parameters = [_found(each, components) for each in item.get("parameters", [])]
    if parameters:
        rows = (
            (
                f"`{each['name']}`{' (header)' if each['in'] == 'header' else ''}",
                "yes" if each["required"] else "no",
                each["description"],
            )
            for each in parameters
        )
        yield markdown.table(("Parameter", "Required", "Meaning"), rows)
    body = operation.get("requestBody")
    if body is not None:
        yield (
            f"Body: {_kind(body['content']['application/json']['schema'])}. {body.get('description', '')}".rstrip()
            + "\n"
        )
    answers = {status: _found(each, components) for status, each in operation["responses"].items()}
    yield markdown.table(
        ("Status", "Body", "Meaning"),
        ((status, _content(each), each["description"]) for status, each in answers.items()),
    )
    if path == "/next" and method == "get":
        for name, example in answers["200"]["content"]["application/json"]["examples"].items():
            yield f"{example['summary']} (`{name}`):\n"
            yield f"```json\n{json.dumps(example['value'], indent=2, ensure_ascii=False)}\n```\n"


def _object(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"### {name}\n"
    if "description" in schema:
        yield f"{schema['description']}\n"
    if "properties" not in schema:
        return
    required = schema.get("required", [])
    yield markdown.table(
        ("Key", "Type", "Always", "Meaning"),
        (
            (f"`{key}`", _kind(rule), "yes" if key in required else "no", rule.get("description", ""))
            for key, rule in schema["properties"].items()
        ),
    )


def _found(part: Mapping[str, Any], components: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in part:
        return part
    _, _, group, name = part["$ref"].split("/")
    found: Mapping[str, Any] = components[group][name]
    return found


def _content(response: Mapping[str, Any]) -> str:
    content = response.get("content")
    return "" if content is None else _kind(content["application/json"]["schema"])


def _kind(rule: Mapping[str, Any]) -> str:
    if "$ref" in rule:
        name = rule["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "enum" in rule:
        return ", ".join(f"`{each}`" for each in rule["enum"])
    if "const" in rule:
        return f"`{json.dumps(rule['const'])}`"
    kinds = rule.get("type", "any")
    return " or ".join([kinds] if isinstance(kinds, str) else kinds)
