"""What of a deployment is in AWS already, and how large its studies' servers are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_common.names import DESCRIPTION_PREFIX
from hippo_common.task_sizes import DEFAULT_SIZE
from hippo_deploy.preflight.cloud import Cloud
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.errors import HippoGymError
from hippo_gym.storage.bucket import StoredObject
from hippo_gym.studies.projects import MASTER_LIST_KEY, Project, from_entry, parse_master_list

UNITS_PER_VCPU: Final = 1024


@dataclass(frozen=True)
class Existing:
    """A deployment that is there.

    Attributes:
        description: what Terraform published of it in SSM.
        settings: the environment of start_server: subnets, security groups, hosted zone.
    """

    description: Mapping[str, Any]
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def bucket(self) -> str:
        """Its projects bucket."""
        return str(self.description["bucket"])

    @property
    def hosted_zone_id(self) -> str | None:
        """Its hosted zone, if its settings could be read."""
        return self.settings.get("HOSTED_ZONE_ID")

    @property
    def subnet_ids(self) -> tuple[str, ...]:
        """Where its servers run, if its settings could be read."""
        return _ids(self.settings.get("SUBNET", ""))

    @property
    def security_group_ids(self) -> tuple[str, ...]:
        """What guards its servers, if its settings could be read."""
        return _ids(self.settings.get("SECURITY_GROUP", ""))


@dataclass(frozen=True)
class Load:
    """What one participant of a study takes.

    Attributes:
        study: its id, or words for what stands in for one.
        vcpu: of a server.
        spot, on_demand: which capacity its servers may run on.
    """

    study: str
    vcpu: float
    spot: bool
    on_demand: bool


ANY_STUDY: Final = Load("a study of the usual size", DEFAULT_SIZE.cpu / UNITS_PER_VCPU, spot=True, on_demand=True)
"""What stands in while no study is deployed: a server as `hippo submit` makes it unless told otherwise."""


def find(cloud: Cloud, name: str) -> Existing | None:
    """Look for a deployment by its name; None if there is none in this account and Region.

    Raises:
        ClientError: AWS does not let us look.
    """
    ssm = cloud.client("ssm")
    try:
        description = json.loads(ssm.get_parameter(Name=DESCRIPTION_PREFIX + name)["Parameter"]["Value"])
    except ClientError as error:
        if code_of(error) == "ParameterNotFound":
            return None
        raise
    function = description.get("functions", {}).get("start_server", f"{name}_start_server")
    return Existing(description, _environment(cloud, function))


def loads(cloud: Cloud, existing: Existing | None) -> tuple[Load, ...]:
    """Return what participants of each study that is open take; of the usual study, if none is.

    Raises:
        ClientError: AWS does not let us look.
    """
    found = [] if existing is None else [_load(cloud, project) for project in _open_projects(cloud, existing.bucket)]
    return tuple(load for load in found if load is not None) or (ANY_STUDY,)


def ports(cloud: Cloud, existing: Existing | None) -> Mapping[int, str]:
    """Return the port of the servers of each study that is open → a study that has it.

    Raises:
        ClientError: AWS does not let us look.
    """
    found = [] if existing is None else _open_projects(cloud, existing.bucket)
    return {project.port: project.id for project in found if project.task_definition is not None}


def _environment(cloud: Cloud, function: str) -> Mapping[str, str]:
    """Read a function's settings; none if it is not there, or its key is not for us to use."""
    try:
        told = cloud.client("lambda").get_function_configuration(FunctionName=function)
    except ClientError as error:
        if code_of(error) in {"ResourceNotFoundException", "404"}:
            return {}
        raise
    return dict(told.get("Environment", {}).get("Variables", {}))


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
    """Look up how large a project's servers are; None if it has none, or its task definition is not there."""
    if project.task_definition is None:
        return None
    try:
        answer = cloud.client("ecs").describe_task_definition(taskDefinition=project.task_definition)
    except ClientError as error:
        if code_of(error) == "ClientException":
            return None
        raise
    units = int(answer["taskDefinition"].get("cpu", DEFAULT_SIZE.cpu))
    return Load(project.id, units / UNITS_PER_VCPU, "spot" in project.capacity, "on-demand" in project.capacity)


def _ids(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
