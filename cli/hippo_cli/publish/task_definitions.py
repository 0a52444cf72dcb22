"""The container of a study's servers, as an ECS task definition: what it should be, what it is, and what differs.

What AWS answers is brought into one form with what we ask for: defaults that AWS writes out are left out, containers
are keyed by name. So two definitions are the same if their forms are, and a change is what a person would call one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_cli.deployment import Deployment
from hippo_gym.runtime.aws_clients import code_of

DEPLOYMENT_TAG: Final = "hippo-gym:deployment"
DEFAULT_ARCHITECTURE: Final = "X86_64"

_REGISTRABLE: Final = frozenset(
    {
        "containerDefinitions",
        "cpu",
        "ephemeralStorage",
        "executionRoleArn",
        "family",
        "ipcMode",
        "memory",
        "networkMode",
        "pidMode",
        "placementConstraints",
        "proxyConfiguration",
        "requiresCompatibilities",
        "runtimePlatform",
        "taskRoleArn",
        "volumes",
    }
)
"""What RegisterTaskDefinition takes of what DescribeTaskDefinition answers (botocore's service model of ECS)."""


@dataclass(frozen=True)
class Revision:
    """A task definition as it is registered.

    Attributes:
        settings: what it was registered with, in the form of this module.
        active: tasks can be started from it.
    """

    family: str
    number: int
    settings: Mapping[str, Any]
    active: bool = True

    @property
    def name(self) -> str:
        """Return `family:revision`."""
        return f"{self.family}:{self.number}"

    @property
    def container(self) -> Mapping[str, Any]:
        """Return the container that a participant plays with: the one named as the family, or else the first."""
        containers: Mapping[str, Any] = self.settings.get("containerDefinitions", {})
        return containers.get(self.family) or next(iter(containers.values()), {})

    @property
    def image(self) -> str | None:
        """Return the image of that container."""
        return self.container.get("image")

    @property
    def architecture(self) -> str:
        """Return what the image is built for: X86_64 or ARM64."""
        return str(self.settings["runtimePlatform"]["cpuArchitecture"])


@dataclass(frozen=True)
class Revisions:
    """What is registered for a study: the revision that the live study uses, and the newest one of its own family."""

    live: Revision | None = None
    latest: Revision | None = None

    @property
    def image(self) -> str | None:
        """Return the image that the live study has, or without one the image that was registered last."""
        found = self.live or self.latest
        return found.image if found else None

    @property
    def architecture(self) -> str:
        """Return what the images of this study are built for."""
        found = self.live or self.latest
        return found.architecture if found else DEFAULT_ARCHITECTURE


def describe(deployment: Deployment, name: str) -> Revision | None:
    """Return the task definition `family` (its newest active revision) or `family:revision`; None if there is none."""
    try:
        answer = deployment.client("ecs").describe_task_definition(taskDefinition=name)
    except ClientError as error:
        if code_of(error) == "ClientException":  # "Unable to describe task definition."
            return None
        raise
    return _revision(answer["taskDefinition"])


def newest_at(deployment: Deployment, family: str, moment: datetime) -> Revision | None:
    """Return the revision of a family that was the newest active one at a moment; None if it is not known any more."""
    ecs = deployment.client("ecs")
    pages = ecs.get_paginator("list_task_definitions").paginate(familyPrefix=family)
    names = [arn.rpartition("/")[2].rpartition(":") for page in pages for arn in page["taskDefinitionArns"]]
    for number in sorted((int(number) for name, _, number in names if name == family), reverse=True):
        found = ecs.describe_task_definition(taskDefinition=f"{family}:{number}")["taskDefinition"]
        if "registeredAt" in found and found["registeredAt"] <= moment:
            return _revision(found)
    return None


def register(deployment: Deployment, settings: Mapping[str, Any]) -> str:
    """Register a new revision; return its `family:revision`."""
    containers = [{"name": name, **container} for name, container in settings["containerDefinitions"].items()]
    answer = deployment.client("ecs").register_task_definition(
        **{**settings, "containerDefinitions": containers},
        tags=[{"key": DEPLOYMENT_TAG, "value": deployment.name}],
    )
    return _revision(answer["taskDefinition"]).name


def wanted(
    deployment: Deployment, project_id: str, *, cpu: int, memory: int, port: int, architecture: str
) -> dict[str, Any]:
    """Return the settings that a study's task definition should have, but for the image.

    Args:
        deployment: gives roles, log group and the servers' certificate.
        project_id: family, container and prefix of the log streams are named so.
        cpu: in units, 1024 a vCPU.
        memory: in MiB.
        port: that the server listens on.
        architecture: X86_64 or ARM64.
    """
    logs = {
        "awslogs-group": deployment.session_log_group,
        "awslogs-region": deployment.region,
        "awslogs-stream-prefix": project_id,
    }
    container: dict[str, Any] = {
        "essential": True,
        "portMappings": [{"containerPort": port, "protocol": "tcp"}],
        "logConfiguration": {"logDriver": "awslogs", "options": logs},
    }
    if deployment.session_certificate_secret_arn is not None:
        container["secrets"] = _certificate(deployment.session_certificate_secret_arn)
    return {
        "family": project_id,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": str(cpu),
        "memory": str(memory),
        "runtimePlatform": {"cpuArchitecture": architecture, "operatingSystemFamily": "LINUX"},
        "executionRoleArn": deployment.execution_role_arn,
        "taskRoleArn": deployment.task_role_arn,
        "containerDefinitions": {project_id: container},
    }


def _certificate(secret_arn: str) -> list[dict[str, str]]:
    """Have ECS read the certificate and its key when a container starts, each from a key of the secret's JSON.

    `ARN:json-key:version-stage:version-id`, the latter two empty for the current version; Fargate can since platform
    1.4.0 (Amazon ECS developer guide, "Pass Secrets Manager secrets through Amazon ECS environment variables").
    """
    return [
        {"name": "SSL_FULLCHAIN_PEM", "valueFrom": f"{secret_arn}:fullchain::"},
        {"name": "SSL_PRIVKEY_PEM", "valueFrom": f"{secret_arn}:privkey::"},
    ]


def with_image(settings: Mapping[str, Any], image: str) -> dict[str, Any]:
    """Return the settings with the image of their one container."""
    containers = {name: {**container, "image": image} for name, container in settings["containerDefinitions"].items()}
    return {**settings, "containerDefinitions": containers}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return (setting, value before, value after) for each setting that differs; None where there is none."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return [(key, old.get(key), new.get(key)) for key in sorted({*old, *new}) if old.get(key) != new.get(key)]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(part, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _revision(answered: Mapping[str, Any]) -> Revision:
    return Revision(
        family=answered["family"],
        number=int(answered["revision"]),
        settings=_in_one_form(answered),
        active=answered.get("status", "ACTIVE") == "ACTIVE",
    )


def _in_one_form(answered: Mapping[str, Any]) -> dict[str, Any]:
    settings = {key: value for key, value in _without_empty(answered).items() if key in _REGISTRABLE}
    containers = answered.get("containerDefinitions", [])
    settings["containerDefinitions"] = {container["name"]: _container(container) for container in containers}
    settings["runtimePlatform"] = {
        "cpuArchitecture": DEFAULT_ARCHITECTURE,
        "operatingSystemFamily": "LINUX",
        **settings.get("runtimePlatform", {}),
    }
    return settings


def _container(answered: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what AWS adds: empty lists, `cpu: 0`, and a host port that can only be the container's (awsvpc).

    Secrets are a set that AWS lists in any order.
    """
    container = _without_empty(answered) | {"essential": answered.get("essential", True)}
    container.pop("name", None)
    ports = [
        {"protocol": "tcp", **{key: value for key, value in port.items() if key != "hostPort"}}
        for port in container.get("portMappings", [])
    ]
    secrets = sorted(container.get("secrets", []), key=lambda secret: str(secret["name"]))
    return container | ({"portMappings": ports} if ports else {}) | ({"secrets": secrets} if secrets else {})


def _without_empty(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _without_empty(part) if isinstance(part, Mapping) else part
        for key, part in value.items()
        if part not in (None, 0, "", [], {})
    }
