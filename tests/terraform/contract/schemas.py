"""Limits from the CloudFormation resource schemas that cfn-lint ships.

cfn-lint corrects the published schemas where AWS refuses more than they state. The schemas are files
of its package; its functions for reading them are private, so this module reads the files.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from tests.terraform.contract.limits import Limit

_REGION = "us-east-1"  # has every resource type, including those of CloudFront and Budgets


@cache
def limit_of_property(kind: str, path: str) -> Limit:
    """Return the limit of a property of a CloudFormation resource.

    Args:
        kind: such as `AWS::EC2::SecurityGroup`.
        path: `A.B` is a property of an object, `A[]` an element of an array; maps have no path here.

    Raises:
        LookupError: the type or the property does not exist.
    """
    schema = _schema(kind)
    node = schema
    for step in path.replace("[]", ".[]").split("."):
        node = _resolved(schema, node)
        found = node.get("items") if step == "[]" else node.get("properties", {}).get(step)
        if not isinstance(found, dict):
            raise LookupError(f"{kind} has no {path}: {step} does not exist")
        node = found
    node = _resolved(schema, node)
    return Limit(
        f"CloudFormation {kind}: {path}",
        pattern=node.get("pattern"),
        whole=False,
        shortest=node.get("minLength", node.get("minItems")),
        longest=node.get("maxLength", node.get("maxItems")),
        least=node.get("minimum"),
        most=node.get("maximum"),
        choices=tuple(node.get("enum", ())),
        network=node.get("format") == "ipv4-network",
    )


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Return a node merged with the target of its reference; the node's own keys win."""
    while "$ref" in node:
        referred = schema["definitions"][node["$ref"].rsplit("/", 1)[-1]]
        node = {**referred, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


@cache
def _hashes() -> dict[str, str]:
    found: dict[str, str] = json.loads((_data() / "providers" / f"{_REGION}.json").read_text())
    return found


@cache
def _schema(kind: str) -> dict[str, Any]:
    if kind not in _hashes():
        raise LookupError(f"CloudFormation has no {kind}")
    found: dict[str, Any] = json.loads((_data() / "resources" / f"{_hashes()[kind]}.json").read_text())
    return found


def _data() -> Any:
    return files("cfnlint") / "data" / "schemas"
