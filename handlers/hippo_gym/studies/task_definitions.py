"""Warns of a task definition that a script registered, and that cannot run on this deployment.

The scripts of the original system register task definitions without tags, and with an execution role
of their own. The deployment runs only what its tag names, or what `admitted_task_families` admits,
and passes only its own roles and those of `extra_task_role_arns`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import code_of

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

DEPLOYMENT_TAG: Final = "hippo-gym:deployment"
_ROLES: Final[Mapping[str, str]] = {"executionRoleArn": "execution role", "taskRoleArn": "task role"}


def warnings_of(
    ecs: ECSClient, task: str, deployment: str, admitted: Collection[str], roles: Collection[str]
) -> list[str]:
    """Return a warning for each reason why no server of a study could start; empty if there is none.

    Args:
        ecs: the client.
        task: the project's `ecsTask`, a family.
        deployment: the deployment's name.
        admitted: families without the deployment's tag that may run.
        roles: ARNs of the roles that start_server may pass; empty if they are unknown.

    Raises:
        ClientError: AWS refuses to describe the task definition.
    """
    try:
        answer = ecs.describe_task_definition(taskDefinition=task, include=["TAGS"])
    except ClientError as error:
        # "Unable to describe task definition": ECS has no code of its own for a missing one.
        if code_of(error) == "ClientException":
            return [f"ecsTask: no task definition {task} is registered, so no server can start: register it first"]
        raise
    return [*_of_tag(answer, task, deployment, admitted), *_of_roles(answer["taskDefinition"], roles)]


def _of_tag(answer: Mapping[str, Any], task: str, deployment: str, admitted: Collection[str]) -> list[str]:
    tags = {tag["key"]: tag["value"] for tag in answer.get("tags", [])}
    if tags.get(DEPLOYMENT_TAG) == deployment or task in admitted:
        return []
    return [
        f"ecsTask: the task definition {task} has no tag {DEPLOYMENT_TAG}={deployment}, so no server can start: "
        f"publish the study with `hippo submit`, register the task definition with this tag, or ask your infra "
        f"team to add {task} to admitted_task_families"
    ]


def _of_roles(definition: Mapping[str, Any], roles: Collection[str]) -> list[str]:
    if not roles:
        return []
    return [
        f"ecsTask: the {name} {definition[key].rpartition('/')[2]} is not one of this deployment, so no server can "
        f"start: name {' or '.join(sorted(role.rpartition('/')[2] for role in roles))}, or ask your infra team to "
        f"add it to extra_task_role_arns"
        for key, name in _ROLES.items()
        if definition.get(key) and definition[key] not in roles
    ]
