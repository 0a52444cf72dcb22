"""Lists the permissions that a call to ECS or EC2 needs; MiniStack decides.

The pairs of action and resource follow the service authorization reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html:
IAM checks RunTask against the task definition, StopTask and DescribeTasks against the task, all
with `ecs:cluster`; ListClusters and CreateCluster take no resource. Passing a role needs
iam:PassRole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from local.loopback import post
from local.places import ACCOUNT_ID, REGION

_PREFIX = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:"
_TASKS_SERVICE = "ecs-tasks.amazonaws.com"
_CREDENTIAL = re.compile(r"Credential=([^/]+)/")


@dataclass(frozen=True)
class Check:
    """One question to IAM: may the caller take this action on this resource?"""

    action: str
    resource: str = "*"
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """IAM's refusal: the error code, and a message that names caller, action and resource."""

    code: str
    message: str


#: Returns IAM's refusal for the owner of an access key; None if IAM allows every check.
Authorizer = Callable[[str, Sequence[Check]], Refusal | None]


def access_key_of(authorization_header: str) -> str:
    """Return the access key id in a SigV4 `Authorization` header; empty if there is none."""
    match = _CREDENTIAL.search(authorization_header)
    return match.group(1) if match else ""


def checks_for_ec2(action: str) -> list[Check]:
    """Return the checks of an EC2 call. Sessions only call Describe, which takes no resource."""
    return [Check(f"ec2:{action}")]


def checks_for_ecs(operation: str, body: Mapping[str, Any], definition: Any = None) -> list[Check]:
    """Return the checks of an ECS call; moto's `definition` has the roles that RunTask passes."""
    action = f"ecs:{operation}"
    cluster = _arn("cluster", body.get("cluster") or "default")
    match operation:
        case "RunTask" | "StopTask" | "DescribeTasks" | "ListTasks":
            return _checks_for_tasks(operation, cluster, body, definition)
        case "DescribeClusters":
            names = body.get("clusters") or ["default"]
            return [Check(action, _arn("cluster", name)) for name in names]
        case "DeleteCluster" | "UpdateCluster" | "PutClusterCapacityProviders":
            return [Check(action, cluster)]
        case "CreateCluster":
            created = _arn("cluster", body.get("clusterName") or "default")
            return [Check(action, "*", _request_tags(body)), *_tag_on_create(operation, created, body)]
        case "TagResource" | "UntagResource" | "ListTagsForResource":
            return [Check(action, body["resourceArn"], _request_tags(body))]
        case "RegisterTaskDefinition":
            roles = (body.get("taskRoleArn"), body.get("executionRoleArn"))
            return [
                Check(action, "*", _request_tags(body)),
                *_tag_on_create(operation, _arn("task-definition", f"{body.get('family')}:*"), body),
                *(_pass_role(role) for role in roles if role),
            ]
        case _:
            return [Check(action)]


def _checks_for_tasks(operation: str, cluster: str, body: Mapping[str, Any], definition: Any) -> list[Check]:
    action, of_cluster = f"ecs:{operation}", {"ecs:cluster": cluster}
    if operation == "RunTask":
        created = f"{_PREFIX}task/{cluster.rsplit('/', 1)[-1]}/*"
        return [
            Check(
                action,
                _definition_arn(body, definition),
                {**of_cluster, **_request_tags(body), **_resource_tags(definition)},
            ),
            *_tag_on_create(operation, created, body),
            *_passed_roles(body.get("overrides") or {}, definition),
        ]
    if operation == "ListTasks":
        return [Check(action, "*", of_cluster)]
    tasks = body["tasks"] if operation == "DescribeTasks" else [body["task"]]
    return [Check(action, _task_arn(cluster, task), of_cluster) for task in tasks]


def _arn(kind: str, reference: str) -> str:
    return reference if reference.startswith("arn:") else f"{_PREFIX}{kind}/{reference}"


def _task_arn(cluster_arn: str, reference: str) -> str:
    return _arn("task", reference if "/" in reference else f"{cluster_arn.rsplit('/', 1)[-1]}/{reference}")


def _definition_arn(body: Mapping[str, Any], definition: Any) -> str:
    return str(definition.arn) if definition is not None else _arn("task-definition", body["taskDefinition"])


def _request_tags(body: Mapping[str, Any]) -> dict[str, Any]:
    tags = body.get("tags") or []
    context: dict[str, Any] = {f"aws:RequestTag/{tag['key']}": tag.get("value", "") for tag in tags}
    if tags:
        context["aws:TagKeys"] = [tag["key"] for tag in tags]
    return context


def _resource_tags(definition: Any) -> dict[str, str]:
    """Return the tags of RunTask's resource, a task definition, as condition keys.

    Source: service authorization reference, Amazon Elastic Container Service, resource type `task-definition`.
    """
    tags = getattr(definition, "tags", None) or []
    return {f"aws:ResourceTag/{tag['key']}": tag.get("value", "") for tag in tags}


def _tag_on_create(operation: str, resource: str, body: Mapping[str, Any]) -> list[Check]:
    """Return the separate check for tags at creation: ecs:TagResource with `ecs:CreateAction`."""
    if not body.get("tags"):
        return []
    return [Check("ecs:TagResource", resource, {"ecs:CreateAction": operation, **_request_tags(body)})]


def _passed_roles(overrides: Mapping[str, Any], definition: Any) -> list[Check]:
    task_role = overrides.get("taskRoleArn") or getattr(definition, "task_role_arn", None)
    execution_role = overrides.get("executionRoleArn") or getattr(definition, "execution_role_arn", None)
    return [_pass_role(role) for role in (task_role, execution_role) if role]


def _pass_role(role_arn: str) -> Check:
    return Check("iam:PassRole", role_arn, {"iam:PassedToService": _TASKS_SERVICE})


def ask_gateway(endpoint: str) -> Authorizer:
    """Return an authorizer that calls the MiniStack process (local.gateway)."""

    def authorize(access_key_id: str, checks: Sequence[Check]) -> Refusal | None:
        question = {"accessKeyId": access_key_id, "checks": [asdict(check) for check in checks]}
        answer = post(f"{endpoint}/_hippo/authorize", question)
        return Refusal(answer["code"], answer["message"]) if answer else None

    return authorize


def role_credentials(endpoint: str, role_arn: str, session_name: str) -> dict[str, str]:
    """Return credentials of a task role, as environment variables.

    Raises:
        LookupError: the role does not exist, or tasks may not assume it.
    """
    answer = post(f"{endpoint}/_hippo/role-session", {"roleArn": role_arn, "sessionName": session_name})
    if "error" in answer:
        raise LookupError(answer["error"])
    return dict(answer)
