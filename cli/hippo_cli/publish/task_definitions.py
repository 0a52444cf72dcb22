"""The ECS task definition of a study's servers: wanted, registered, and differences.

Both are compared in one form: defaults that AWS adds are left out, and containers are keyed by
name. So a difference between two forms is a real change of a setting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_cli.deployment import Deployment
from hippo_common.names import tags_of_task_definition
from hippo_gym.runtime.aws_clients import code_of

DEFAULT_ARCHITECTURE: Final = "X86_64"

UPLOAD_URL: Final = "HIPPO_UPLOAD_URL"
"""Where the container asks for upload tickets; start_server adds the token, HIPPO_UPLOAD_TOKEN."""

_PRIVILEGED: Final = 1024
"""Below this port, Linux lets only root listen, and an image's server is no root. Fargate can add no
capability for it (ECS API reference, KernelCapabilities: SYS_PTRACE alone), but takes any `net.*`
kernel parameter of the task's own network (SystemControl)."""

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
"""Keys that RegisterTaskDefinition takes (botocore's service model of ECS)."""


@dataclass(frozen=True)
class Revision:
    """A registered revision of a task definition.

    Attributes:
        settings: its settings, in the form of this module.
        active: ECS can start tasks from it.
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
        """Return the participants' container: the one with the family's name, or the first."""
        containers: Mapping[str, Any] = self.settings.get("containerDefinitions", {})
        return containers.get(self.family) or next(iter(containers.values()), {})

    @property
    def image(self) -> str | None:
        """Return the image of that container."""
        return self.container.get("image")

    @property
    def architecture(self) -> str:
        """Return the CPU architecture of the image: X86_64 or ARM64."""
        return str(self.settings["runtimePlatform"]["cpuArchitecture"])


@dataclass(frozen=True)
class Revisions:
    """The registered revisions of a study: the current one, and the newest of its family."""

    current: Revision | None = None
    latest: Revision | None = None

    @property
    def image(self) -> str | None:
        """Return the image of the current revision; if there is none, that of the newest."""
        found = self.current or self.latest
        return found.image if found else None

    @property
    def architecture(self) -> str:
        """Return the CPU architecture of the study's images."""
        found = self.current or self.latest
        return found.architecture if found else DEFAULT_ARCHITECTURE


def describe(deployment: Deployment, name: str) -> Revision | None:
    """Return the task definition `family` (its newest active revision) or `family:revision`.

    Return None if missing.
    """
    try:
        answer = deployment.client("ecs").describe_task_definition(taskDefinition=name)
    except ClientError as error:
        if code_of(error) == "ClientException":  # "Unable to describe task definition."
            return None
        raise
    return _revision(answer["taskDefinition"])


def newest_at(deployment: Deployment, family: str, moment: datetime) -> Revision | None:
    """Return the revision of a family that was the newest active one at a moment.

    Return None if ECS no longer has it.
    """
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
        tags=tags_of_task_definition(deployment.name, str(settings["family"])),
    )
    return _revision(answer["taskDefinition"]).name


def wanted(
    deployment: Deployment, project_id: str, *, cpu: int, memory: int, port: int, architecture: str
) -> dict[str, Any]:
    """Return the settings that a study's task definition should have, except the image.

    Args:
        deployment: source of the roles, the log group and the servers' certificate.
        project_id: name of the family, the container and the log streams' prefix.
        cpu: CPU units, 1024 to a vCPU.
        memory: MiB.
        port: the port that the server listens on.
        architecture: X86_64 or ARM64.
    """
    logs = {
        "awslogs-group": deployment.session_log_group,
        "awslogs-region": deployment.region,
        "awslogs-stream-prefix": project_id,
    }
    container: dict[str, Any] = {
        "essential": True,
        "environment": [{"name": UPLOAD_URL, "value": f"{deployment.api_url}/trials"}],
        "portMappings": [{"containerPort": port, "protocol": "tcp"}],
        "logConfiguration": {"logDriver": "awslogs", "options": logs},
    }
    if port < _PRIVILEGED:
        container["systemControls"] = [{"namespace": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]
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
        **({} if deployment.task_role_arn is None else {"taskRoleArn": deployment.task_role_arn}),
        "containerDefinitions": {project_id: container},
    }


def _certificate(secret_arn: str) -> list[dict[str, str]]:
    """Return the secrets with which ECS passes the certificate and its key to a starting container.

    The form is `ARN:json-key:version-stage:version-id`, the latter two empty for the current
    version. Fargate supports JSON keys from platform 1.4.0 on (Amazon ECS developer guide, "Pass
    Secrets Manager secrets through Amazon ECS environment variables").
    """
    return [
        {"name": "SSL_FULLCHAIN_PEM", "valueFrom": f"{secret_arn}:fullchain::"},
        {"name": "SSL_PRIVKEY_PEM", "valueFrom": f"{secret_arn}:privkey::"},
    ]


def with_image(settings: Mapping[str, Any], image: str) -> dict[str, Any]:
    """Return the settings with an image for their only container."""
    containers = {name: {**container, "image": image} for name, container in settings["containerDefinitions"].items()}
    return {**settings, "containerDefinitions": containers}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """Return (setting, value before, value after) for each difference; None means no value."""
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
    """Remove what AWS adds: empty lists, `cpu: 0`, and the host port, which awsvpc fixes.

    Sort the secrets, which AWS lists in any order.
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
