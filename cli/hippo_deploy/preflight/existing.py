"""Reads the deployment that exists in AWS already, and the size of its studies' servers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_common.names import DESCRIPTION_PREFIX
from hippo_common.task_sizes import DEFAULT_SIZE
from hippo_deploy.preflight.cloud import Cloud
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.errors import HippoGymError
from hippo_gym.storage.bucket import StoredObject
from hippo_gym.studies.master_list import parse_master_list
from hippo_gym.studies.projects import MASTER_LIST_KEY, Project, from_entry

UNITS_PER_VCPU: Final = 1024


@dataclass(frozen=True)
class Existing:
    """A deployment that exists.

    Attributes:
        description: the description that Terraform wrote to an SSM parameter.
        settings: the environment variables of start_server: subnets, security groups, hosted zone.
    """

    description: Mapping[str, Any]
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def bucket(self) -> str:
        """Name of its projects bucket."""
        return str(self.description["bucket"])

    @property
    def hosted_zone_id(self) -> str | None:
        """Id of its hosted zone; None if its settings could not be read."""
        return self.settings.get("HOSTED_ZONE_ID")

    @property
    def subnet_ids(self) -> tuple[str, ...]:
        """Subnets of its servers; none if its settings could not be read."""
        return _ids(self.settings.get("SUBNET", ""))

    @property
    def security_group_ids(self) -> tuple[str, ...]:
        """Security groups of its servers; none if its settings could not be read."""
        return _ids(self.settings.get("SECURITY_GROUP", ""))


@dataclass(frozen=True)
class Load:
    """The capacity that one participant's server of a study needs.

    Attributes:
        study: id of the study, or a description if there is none.
        vcpu: vCPU of a server.
        spot, on_demand: whether servers may run on this capacity.
    """

    study: str
    vcpu: float
    spot: bool
    on_demand: bool


ANY_STUDY: Final = Load("a study of the usual size", DEFAULT_SIZE.cpu / UNITS_PER_VCPU, spot=True, on_demand=True)
"""Used while no study is open: a server of the default size of `hippo submit`."""


def find(cloud: Cloud, name: str) -> Existing | None:
    """Return the deployment of a name; None if there is none in this account and Region.

    Raises:
        ClientError: AWS refuses a call.
    """
    ssm = cloud.client("ssm")
    try:
        description = json.loads(
            ssm.get_parameter(Name=DESCRIPTION_PREFIX + name, WithDecryption=True)["Parameter"]["Value"]
        )
    except ClientError as error:
        if code_of(error) == "ParameterNotFound":
            return None
        raise
    function = description.get("functions", {}).get("start_server", f"{name}_start_server")
    return Existing(description, _environment(cloud, function))


def loads(cloud: Cloud, existing: Existing | None) -> tuple[Load, ...]:
    """Return the load of each open study; `ANY_STUDY` if no study is open.

    Raises:
        ClientError: AWS refuses a call.
    """
    found = [] if existing is None else [_load(cloud, project) for project in _open_projects(cloud, existing.bucket)]
    return tuple(load for load in found if load is not None) or (ANY_STUDY,)


def ports(cloud: Cloud, existing: Existing | None) -> Mapping[int, str]:
    """Return the ports of the open studies' servers: port → id of a study that uses it.

    Raises:
        ClientError: AWS refuses a call.
    """
    found = [] if existing is None else _open_projects(cloud, existing.bucket)
    return {project.port: project.id for project in found if project.task_definition is not None}


@dataclass(frozen=True)
class Definition:
    """A registered task definition.

    Attributes:
        task_role: ARN of its containers' role; None if they have none.
        tags: its tags.
    """

    task_role: str | None
    tags: Mapping[str, str]


def definitions(cloud: Cloud, existing: Existing | None) -> Iterator[tuple[Project, Definition]]:
    """Yield each open study with servers, and its task definition; without those that are not registered.

    Raises:
        ClientError: AWS refuses a call.
    """
    for project in [] if existing is None else _open_projects(cloud, existing.bucket):
        described = _described(cloud, project)
        if described is not None:
            tags = {tag["key"]: tag.get("value", "") for tag in described.get("tags", [])}
            yield project, Definition(described["taskDefinition"].get("taskRoleArn") or None, tags)


def _environment(cloud: Cloud, function: str) -> Mapping[str, str]:
    """Return a function's environment variables; none if it does not exist or its key may not be used."""
    try:
        configuration = cloud.client("lambda").get_function_configuration(FunctionName=function)
    except ClientError as error:
        if code_of(error) in {"ResourceNotFoundException", "404"}:
            return {}
        raise
    return dict(configuration.get("Environment", {}).get("Variables", {}))


def _open_projects(cloud: Cloud, bucket: str) -> list[Project]:
    try:
        answer = cloud.client("s3").get_object(Bucket=bucket, Key=MASTER_LIST_KEY)
    except ClientError as error:
        if code_of(error) in {"NoSuchKey", "NoSuchBucket"}:
            return []
        raise
    try:
        entries = parse_master_list(StoredObject(answer["Body"].read(), answer["ETag"]))
    except HippoGymError:
        return []
    return [project for entry in entries if (project := _project(entry)) is not None and project.live]


def _project(entry: Mapping[str, Any]) -> Project | None:
    try:
        return from_entry(entry)
    except HippoGymError:
        return None


def _load(cloud: Cloud, project: Project) -> Load | None:
    """Return the load of a project's servers; None if it has no servers, or its task definition does not exist."""
    answer = _described(cloud, project)
    if answer is None:
        return None
    units = int(answer["taskDefinition"].get("cpu", DEFAULT_SIZE.cpu))
    return Load(project.id, units / UNITS_PER_VCPU, "spot" in project.capacity, "on-demand" in project.capacity)


def _described(cloud: Cloud, project: Project) -> Mapping[str, Any] | None:
    """Return DescribeTaskDefinition's answer; None if the project has no servers, or ECS has no such definition."""
    if project.task_definition is None:
        return None
    try:
        answer = cloud.client("ecs").describe_task_definition(taskDefinition=project.task_definition, include=["TAGS"])
    except ClientError as error:
        if code_of(error) == "ClientException":
            return None
        raise
    return dict(answer)


def _ids(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
