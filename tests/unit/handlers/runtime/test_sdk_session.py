"""The functions' clients know every operation that the functions call, and take the rest from the SDK's own data."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore import xform_name
from botocore.model import OperationModel

from hippo_gym.runtime import aws_clients, sdk_session
from references import sdk_models

HANDLERS = Path(__file__).parents[4] / "handlers"
REGION = "ca-central-1"


def of_the_sdk(service: str) -> dict[str, OperationModel]:
    """Return every operation of a service, by its name as a method."""
    model = boto3.client(service, region_name=REGION).meta.service_model  # type: ignore[call-overload]
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


def called() -> Iterator[str]:
    """Yield the name of every method that the functions call, and every text that they pass to one."""
    for path in HANDLERS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                yield node.attr
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def shapes(operation: OperationModel) -> list[str]:
    """Return the names and types of an operation's input and output, as deep as they go."""
    found = []
    waiting = [operation.input_shape, operation.output_shape, *operation.error_shapes]
    seen = set()
    while waiting:
        shape = waiting.pop()
        if shape is None or shape.name in seen:
            continue
        seen.add(shape.name)
        members = getattr(shape, "members", {})
        found.append((shape.name, shape.type_name, shape.serialization, list(members), shape.metadata))
        waiting += [*members.values(), *(getattr(shape, name, None) for name in ("member", "key", "value"))]
    return sorted(map(str, found))


@pytest.mark.parametrize("service", sdk_models.SERVICES)
def test_every_operation_that_the_functions_call_is_known_and_unchanged(service: str) -> None:
    small = sdk_session.session().create_client(service, region_name=REGION)
    known = {xform_name(name): name for name in small.meta.service_model.operation_names}
    words, whole = set(called()), of_the_sdk(service)
    assert words & whole.keys() <= known.keys(), "run `make references`"
    for method, name in known.items():
        assert shapes(small.meta.service_model.operation_model(name)) == shapes(whole[method])


def test_every_client_of_the_functions_has_a_model() -> None:
    makers = [
        made
        for name, made in inspect.getmembers(aws_clients, inspect.isfunction)
        if made.__module__ == aws_clients.__name__ and str(made.__annotations__.get("return", "")).endswith("Client")
    ]
    assert len(makers) >= len(sdk_models.SERVICES)
    assert {make().meta.service_model.service_name for make in makers} == set(sdk_models.SERVICES)


@pytest.mark.parametrize("service", sdk_models.SERVICES)
@pytest.mark.parametrize("region", ["us-east-1", REGION, "us-gov-west-1", "cn-north-1"])
def test_a_client_has_the_endpoint_and_the_signature_of_the_sdk_s_own(service: str, region: str) -> None:
    small = sdk_session.session().create_client(service, region_name=region)
    whole = boto3.client(service, region_name=region)  # type: ignore[call-overload]
    assert small.meta.endpoint_url == whole.meta.endpoint_url
    assert vars(small.meta.config)["signature_version"] == vars(whole.meta.config)["signature_version"]
    assert small.meta.partition == whole.meta.partition


def test_pages_come_from_the_sdk_s_own_data() -> None:
    small = sdk_session.session().create_client("s3", region_name=REGION)
    assert small.can_paginate("list_objects_v2")
