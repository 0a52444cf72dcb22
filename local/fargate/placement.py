"""RunTask's decisions before a task exists: its capacity, and what its containers run."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from local.fargate.errors import EcsError
from local.fargate.tasks import Container, LogStream
from local.places import ACCOUNT_ID, REGION

_STOP_TIMEOUT = 30.0  # seconds; 120 at most on Fargate
_LONGEST_STOP_TIMEOUT = 120.0


def choose_capacity(body: Mapping[str, Any], of_cluster: Sequence[str]) -> tuple[str, str]:
    """Return the launch type and capacity provider of a RunTask call; one of them is empty.

    Raises:
        EcsError: the call has both, or the cluster does not have the provider.
    """
    launch_type, strategy = body.get("launchType") or "", body.get("capacityProviderStrategy") or []
    if launch_type and strategy:
        message = "Specifying both a launch type and capacity provider strategy is not supported."
        raise EcsError("InvalidParameterException", f"{message} Remove one and try again.")
    if not strategy:
        if launch_type != "FARGATE":
            raise EcsError("InvalidParameterException", "The local cloud runs tasks on Fargate only.")
        return launch_type, ""
    for item in strategy:
        if item["capacityProvider"] not in of_cluster:
            raise EcsError(
                "InvalidParameterException",
                "The specified capacity provider strategy cannot contain a capacity provider that is not "
                "associated with the cluster. Associate the capacity provider with the cluster and try again.",
            )
    first = max(strategy, key=lambda item: (item.get("base", 0), item.get("weight", 0)))
    return "", str(first["capacityProvider"])


def build_containers(
    definitions: Sequence[Mapping[str, Any]],
    overrides: Mapping[str, Any],
    cluster_name: str,
    task_id: str,
    execution_role_arn: str = "",
) -> tuple[Container, ...]:
    """Return the containers of a task: definitions with the overrides of the same name applied.

    Args:
        definitions: the task definition's containers.
        overrides: RunTask's overrides.
        cluster_name: for the containers' ARNs.
        task_id: for the containers' ARNs, and for the names of their log streams.
        execution_role_arn: the role that writes their logs and reads their secrets.

    Raises:
        EcsError: an override names no container of the definition.
    """
    by_name = {item.get("name"): item for item in overrides.get("containerOverrides") or []}
    unknown = set(by_name) - {definition["name"] for definition in definitions}
    if unknown:
        name = min(map(str, unknown))
        message = f"Override for container named {name} is not a container in the TaskDefinition."
        raise EcsError("InvalidParameterException", message)
    return tuple(
        replace(
            _container(definition, by_name.get(definition["name"], {}), cluster_name, task_id),
            log=_log_stream(definition, task_id, execution_role_arn),
            secrets={each["name"]: each["valueFrom"] for each in definition.get("secrets") or []},
            execution_role_arn=execution_role_arn,
        )
        for definition in definitions
    )


def _container(
    definition: Mapping[str, Any], override: Mapping[str, Any], cluster_name: str, task_id: str
) -> Container:
    command = override.get("command") or definition.get("command") or []
    pairs = [*(definition.get("environment") or []), *(override.get("environment") or [])]
    return Container(
        name=definition["name"],
        image=definition["image"],
        command=(*(definition.get("entryPoint") or ()), *command),
        environment=_port(definition) | {pair["name"]: pair["value"] for pair in pairs},
        essential=definition.get("essential", True),
        stop_timeout=min(float(definition.get("stopTimeout") or _STOP_TIMEOUT), _LONGEST_STOP_TIMEOUT),
        arn=f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:container/{cluster_name}/{task_id}/{uuid.uuid4()}",
    )


def _port(definition: Mapping[str, Any]) -> dict[str, str]:
    """Return the port of an image's CMD, which no image here has: hippo_play reads it from this variable."""
    ports = [mapping["containerPort"] for mapping in definition.get("portMappings") or []]
    return {"PORT": str(ports[0])} if ports else {}


def _log_stream(definition: Mapping[str, Any], task_id: str, execution_role_arn: str) -> LogStream | None:
    """Return a container's log stream; None without a definition of it or an execution role."""
    log = definition.get("logConfiguration") or {}
    options = log.get("options") or {}
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    if log.get("logDriver") != "awslogs" or not group or not prefix or not execution_role_arn:
        return None
    return LogStream(group, f"{prefix}/{definition['name']}/{task_id}", execution_role_arn)
