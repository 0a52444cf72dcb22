"""Limits from botocore's service models: AWS publishes them, and boto3 is generated from them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.session import Session

from tests.terraform.contract.limits import Limit

_TEXTS = ("string", "blob")
_SIZED = (*_TEXTS, "list", "map")

#: API Gateway states lengths only in the names of its shapes.
_LENGTHS_IN_A_NAME = re.compile(r"(?:String|Uri)WithLengthBetween(\d+)And(\d+)")


@cache
def limit_of_member(call: str, path: str) -> Limit:
    """Return the limit of a member of a call's input.

    Args:
        call: service and operation, such as `ec2.CreateSecurityGroup`.
        path: `A.B` is a member of a structure, `A[]` an element of a list, `A{key}` and `A{}` a map's key and value.

    Raises:
        LookupError: the service, the operation or the member does not exist.
    """
    shape = _shape(call, path)
    said: dict[str, Any] = _limits_in_name(shape.name) | shape.metadata
    sized = shape.type_name in _SIZED
    return Limit(
        f"botocore {call}: {path}",
        pattern=said.get("pattern"),
        shortest=said.get("min") if sized else None,
        longest=said.get("max") if sized else None,
        least=None if sized else said.get("min"),
        most=None if sized else said.get("max"),
        choices=tuple(shape.enum) if isinstance(shape, StringShape) else (),
    )


def member_named(call: str, path: str, name: str) -> str:
    """Return a member's spelling: one service writes `Key`, another `key`.

    Raises:
        LookupError: the structure has no such member, in either spelling.
    """
    structure = _shape(call, path)
    found = [member for member in structure.members if member.lower() == name] if _is_structure(structure) else []
    if not found:
        raise LookupError(f"{call}: {path} has no member {name}")
    return str(found[0])


@cache
def _session() -> Session:
    return Session()


@cache
def _model(service: str) -> Any:
    if service not in _session().get_available_services():
        raise LookupError(f"botocore has no service {service}")
    return _session().get_service_model(service)


def _shape(call: str, path: str) -> Any:
    service, operation = call.split(".")
    model = _model(service)
    if operation not in model.operation_names:
        raise LookupError(f"{service} has no operation {operation}")
    shape: Shape = model.operation_model(operation).input_shape
    for step in path.replace("[]", ".[]").replace("{", ".{").split("."):
        if isinstance(shape, ListShape) and step == "[]":
            shape = shape.member
        elif isinstance(shape, MapShape) and step in ("{}", "{key}"):
            shape = shape.value if step == "{}" else shape.key
        elif isinstance(shape, StructureShape) and step in shape.members:
            shape = shape.members[step]
        else:
            raise LookupError(f"{call} has no {path}: {step} does not exist")
    return shape


def _limits_in_name(name: str) -> dict[str, Any]:
    found = _LENGTHS_IN_A_NAME.fullmatch(name)
    return {"min": int(found[1]), "max": int(found[2])} if found else {}


def _is_structure(shape: Shape) -> bool:
    return isinstance(shape, StructureShape)
