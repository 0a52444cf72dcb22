"""Permissions that an AWS call needs: action, resource and condition keys, as IAM evaluates them.

Actions, resource types and condition keys: Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/). A function names its source
where a call needs more than the action of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.terraform.calls.recorder import Call
from tests.terraform.planning import ACCOUNT_ID, REGION

ECS = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}"
SERVICE_LINKED_ROLE = (
    f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"  # the role's fixed name
)


@dataclass(frozen=True)
class Need:
    """One permission: an action on a resource, with the condition keys of the request."""

    action: str
    resource: str
    keys: tuple[tuple[str, str | tuple[str, ...]], ...] = ()

    @property
    def context(self) -> dict[str, str | list[str]]:
        """The request's condition keys and their values."""
        return {key: value if isinstance(value, str) else list(value) for key, value in self.keys}


@dataclass(frozen=True)
class Facts:
    """Facts about the deployment that a call's arguments do not contain.

    Attributes:
        task_roles: the roles in the task definitions that RunTask uses.
        key: the deployment's customer key; None if it has none.
        bucket: the one bucket that the key encrypts.
        definition_tags: tags of the task definitions that RunTask uses.
    """

    task_roles: tuple[str, ...] = ()
    key: str | None = None
    bucket: str = ""
    definition_tags: tuple[tuple[str, str], ...] = ()


Needs = Iterator[Need]


def needs_of(call: Call, facts: Facts) -> list[Need]:
    """Return the permissions that a call needs.

    Raises:
        LookupError: the table lacks the operation; look it up in AWS's documentation, and add it.
    """
    if call.operation not in TABLE:
        raise LookupError(f"{call.operation} is not in tests/terraform/calls/needs.py: look up its permissions")
    return list(TABLE[call.operation](call, facts))


def need(action: str, resource: str = "*", keys: Mapping[str, Any] | None = None) -> Need:
    """Create a need; values of `keys` may be lists."""
    hashable = {key: tuple(value) if isinstance(value, list) else value for key, value in (keys or {}).items()}
    return Need(action, resource, tuple(sorted(hashable.items())))


# --- S3: objects, their bucket, and the key that encrypts them ---


def _object(call: Call) -> str:
    return f"arn:aws:s3:::{call.arguments['Bucket']}/{call.arguments['Key']}"


def _bucket(call: Call) -> str:
    return f"arn:aws:s3:::{call.arguments['Bucket']}"


def _key(facts: Facts, action: str, service: str, context: str, arn: str) -> Needs:
    """Yield the use of a customer key by a service for the caller, with its encryption context."""
    if facts.key is not None:
        keys = {"kms:ViaService": f"{service}.{REGION}.amazonaws.com", f"kms:EncryptionContext:{context}": arn}
        yield need(action, facts.key, keys)


def _object_key(facts: Facts, action: str, call: Call) -> Needs:
    """With an S3 bucket key the encryption context is the bucket (Amazon S3 user guide, "S3 Bucket Keys")."""
    if call.arguments["Bucket"] == facts.bucket:
        yield from _key(facts, action, "s3", "aws:s3:arn", _bucket(call))


def _read_object(call: Call, facts: Facts) -> Needs:
    """Without s3:ListBucket S3 answers 403 for a missing key (API reference, GetObject and HeadObject)."""
    yield need("s3:GetObjectVersion" if "VersionId" in call.arguments else "s3:GetObject", _object(call))
    if call.missing:
        yield need("s3:ListBucket", _bucket(call))
    else:
        yield from _object_key(facts, "kms:Decrypt", call)


def _put_object(call: Call, facts: Facts) -> Needs:
    """A condition on the ETag needs s3:GetObject (user guide, "Enforce conditional writes", Example 2).

    Tags need s3:PutObjectTagging (API reference, PutObject).
    """
    yield need("s3:PutObject", _object(call))
    if "Tagging" in call.arguments:
        yield need("s3:PutObjectTagging", _object(call))
    if "IfMatch" in call.arguments:
        yield need("s3:GetObject", _object(call))
    yield from _object_key(facts, "kms:GenerateDataKey", call)


def _delete_object(call: Call, facts: Facts) -> Needs:
    """A condition on the ETag needs s3:GetObject (user guide, "Enforce conditional deletes", Example 1)."""
    yield need("s3:DeleteObjectVersion" if "VersionId" in call.arguments else "s3:DeleteObject", _object(call))
    if "IfMatch" in call.arguments:
        yield need("s3:GetObject", _object(call))


def _delete_objects(call: Call, facts: Facts) -> Needs:
    for each in call.arguments["Delete"]["Objects"]:
        action = "s3:DeleteObjectVersion" if "VersionId" in each else "s3:DeleteObject"
        yield need(action, f"{_bucket(call)}/{each['Key']}")


def _list_objects(action: str) -> Callable[[Call, Facts], Needs]:
    def listed(call: Call, facts: Facts) -> Needs:
        yield need(action, _bucket(call), {"s3:prefix": call.arguments.get("Prefix", "")})

    return listed


# --- messages ---


def publish(topic: str, facts: Facts) -> Needs:
    """An encrypted topic needs kms:GenerateDataKey and kms:Decrypt (SNS developer guide, "Key management")."""
    yield need("sns:Publish", topic)
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        yield from _key(facts, action, "sns", "aws:sns:topicArn", topic)


def _publish(call: Call, facts: Facts) -> Needs:
    return publish(call.arguments["TopicArn"], facts)


def send_message(queue: str, facts: Facts) -> Needs:
    """An encrypted queue needs kms:GenerateDataKey and kms:Decrypt (SQS developer guide, "Key management")."""
    yield need("sqs:SendMessage", queue)
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        yield from _key(facts, action, "sqs", "aws:sqs:arn", queue)


# --- secrets ---


def get_secret_value(secret: str, facts: Facts) -> Needs:
    """A secret under a customer key needs kms:Decrypt, with the secret in the encryption context (Secrets
    Manager user guide, "Secret encryption and decryption")."""
    yield need("secretsmanager:GetSecretValue", secret)
    yield from _key(facts, "kms:Decrypt", "secretsmanager", "SecretARN", secret)


# --- ECS, EC2 and the roles that ECS gets ---


def _ecs(kind: str, reference: str) -> str:
    return reference if reference.startswith("arn:") else f"{ECS}:{kind}/{reference}"


def _tags(call: Call) -> dict[str, Any]:
    tags = call.arguments.get("tags", [])
    keys: dict[str, Any] = {f"aws:RequestTag/{tag['key']}": tag["value"] for tag in tags}
    return keys | ({"aws:TagKeys": [tag["key"] for tag in tags]} if tags else {})


def _tag_at_birth(call: Call, resource: str) -> Needs:
    """Tags at creation need ecs:TagResource (developer guide, "Tagging during creation")."""
    if call.arguments.get("tags"):
        yield need("ecs:TagResource", resource, {"ecs:CreateAction": call.operation.split(".")[1], **_tags(call)})


def _create_cluster(call: Call, facts: Facts) -> Needs:
    """CreateCluster has no resource type (developer guide, "Identity-based policy examples"); the first
    cluster of an account creates the service-linked role (developer guide, "Using service-linked roles
    for Amazon ECS")."""
    yield need("ecs:CreateCluster", "*", _tags(call))
    yield from _tag_at_birth(call, _ecs("cluster", call.arguments["clusterName"]))
    yield need("iam:CreateServiceLinkedRole", SERVICE_LINKED_ROLE, {"iam:AWSServiceName": "ecs.amazonaws.com"})


def _run_task(call: Call, facts: Facts) -> Needs:
    """RunTask: the task definition with its tags, and the cluster as a condition; iam:PassRole for the task's roles."""
    definition, cluster = call.arguments["taskDefinition"], _ecs("cluster", call.arguments["cluster"])
    revision = definition if ":" in definition else f"{definition}:1"
    tags = {f"aws:ResourceTag/{key}": value for key, value in facts.definition_tags}
    yield need("ecs:RunTask", _ecs("task-definition", revision), {"ecs:cluster": cluster, **_tags(call), **tags})
    yield from _tag_at_birth(call, f"{ECS}:task/{cluster.rsplit('/', 1)[-1]}/0f1e2d3c4b5a69788796a5b4c3d2e1f0")
    yield from _pass(facts.task_roles, "ecs-tasks.amazonaws.com")


def _pass(roles: tuple[str, ...], service: str) -> Needs:
    for role in roles:
        yield need("iam:PassRole", role, {"iam:PassedToService": service})


def _register_task_definition(call: Call, facts: Facts) -> Needs:
    yield need("ecs:RegisterTaskDefinition", "*", _tags(call))
    yield from _tag_at_birth(call, _ecs("task-definition", f"{call.arguments['family']}:1"))
    roles = [call.arguments[key] for key in ("taskRoleArn", "executionRoleArn") if call.arguments.get(key)]
    yield from _pass(tuple(roles), "ecs-tasks.amazonaws.com")


def _on_tasks(call: Call, facts: Facts) -> Needs:
    cluster = _ecs("cluster", call.arguments["cluster"])
    for task in call.arguments.get("tasks") or [call.arguments["task"]]:
        yield need(f"ecs:{call.operation.split('.')[1]}", _ecs("task", task), {"ecs:cluster": cluster})


def _list_tasks(call: Call, facts: Facts) -> Needs:
    """Its only resource type is a container instance, which Fargate lacks; the cluster is a condition."""
    yield need("ecs:ListTasks", "*", {"ecs:cluster": _ecs("cluster", call.arguments["cluster"])})


def _on_clusters(call: Call, facts: Facts) -> Needs:
    for cluster in call.arguments.get("clusters") or [call.arguments["cluster"]]:
        yield need(f"ecs:{call.operation.split('.')[1]}", _ecs("cluster", cluster))


# --- Route 53 ---


def _zone(call: Call) -> str:
    return f"arn:aws:route53:::hostedzone/{call.arguments['HostedZoneId']}"


def normalized(name: str) -> str:
    """Return a name as it is in the condition key (Route 53 developer guide, "Specifying conditions: record sets")."""
    bare = name.lower().removesuffix(".")
    return re.sub(r"[^a-z0-9_.\-\\]", lambda found: f"\\{ord(found.group()):03o}", bare)


def _change_records(call: Call, facts: Facts) -> Needs:
    changes = call.arguments["ChangeBatch"]["Changes"]
    key = "route53:ChangeResourceRecordSets"
    keys = {
        f"{key}Actions": sorted({change["Action"] for change in changes}),
        f"{key}RecordTypes": sorted({change["ResourceRecordSet"]["Type"] for change in changes}),
        f"{key}NormalizedRecordNames": sorted({normalized(change["ResourceRecordSet"]["Name"]) for change in changes}),
    }
    yield need("route53:ChangeResourceRecordSets", _zone(call), keys)


def _list_records(call: Call, facts: Facts) -> Needs:
    yield need("route53:ListResourceRecordSets", _zone(call))


def _get_change(call: Call, facts: Facts) -> Needs:
    yield need("route53:GetChange", f"arn:aws:route53:::change/{call.arguments['Id'].rsplit('/', 1)[-1]}")


# --- schedules ---


def _on_schedule(call: Call, facts: Facts) -> Needs:
    """The target contains its role: iam:PassRole (EventBridge Scheduler user guide, "Identity-based policies")."""
    group, name = call.arguments.get("GroupName", "default"), call.arguments["Name"]
    schedule = f"arn:aws:scheduler:{REGION}:{ACCOUNT_ID}:schedule/{group}/{name}"
    yield need(f"scheduler:{call.operation.split('.')[1]}", schedule)
    if "Target" in call.arguments:
        yield from _pass((call.arguments["Target"]["RoleArn"],), "scheduler.amazonaws.com")


# --- further calls of researchers ---


def _get_parameter(call: Call, facts: Facts) -> Needs:
    """An encrypted parameter needs kms:Decrypt (Systems Manager user guide, "How Parameter Store uses AWS KMS")."""
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:parameter{call.arguments['Name']}"
    yield need("ssm:GetParameter", arn)
    if not call.missing and not call.arguments["Name"].startswith("/hippo-gym-links/"):  # those have the key aws/ssm
        yield from _key(facts, "kms:Decrypt", "ssm", "PARAMETER_ARN", arn)


def _put_parameter(call: Call, facts: Facts) -> Needs:
    """The parameters of links have the key aws/ssm, whose policy admits every user of the parameter."""
    yield need("ssm:PutParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:parameter{call.arguments['Name']}")


def _invoke(call: Call, facts: Facts) -> Needs:
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{call.arguments['FunctionName']}"
    yield need("lambda:InvokeFunction", function)


def _repository(name: str) -> str:
    return f"arn:aws:ecr:{REGION}:{ACCOUNT_ID}:repository/{name}"


def _ecr_tags(tags: Any) -> dict[str, Any]:
    return {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}


def _describe_repositories(call: Call, facts: Facts) -> Needs:
    for name in call.arguments.get("repositoryNames", ["*"]):
        yield need("ecr:DescribeRepositories", _repository(name))


def _create_repository(call: Call, facts: Facts) -> Needs:
    """Tags need ecr:TagResource (Service Authorization Reference, CreateRepository, dependent actions)."""
    arn, keys = _repository(call.arguments["repositoryName"]), _ecr_tags(call.arguments.get("tags", []))
    yield need("ecr:CreateRepository", arn, keys)
    if keys:
        yield need("ecr:TagResource", arn, keys)


def _tag_repository(call: Call, facts: Facts) -> Needs:
    yield need("ecr:TagResource", call.arguments["resourceArn"], _ecr_tags(call.arguments["tags"]))


def _on_repository_arn(call: Call, facts: Facts) -> Needs:
    yield need(f"ecr:{call.operation.split('.')[1]}", call.arguments["resourceArn"])


def in_repository(action: str, name: str, deployment: str) -> Need:
    """Return the need of an action in a deployment's repository, whose tag names the deployment."""
    return need(action, _repository(name), {"aws:ResourceTag/hippo-gym:deployment": deployment})


def _on_images(call: Call, facts: Facts) -> Needs:
    action = f"ecr:{call.operation.split('.')[1]}"
    yield in_repository(action, call.arguments["repositoryName"], "HIPPO_Gym")


def _log_events(call: Call, facts: Facts) -> Needs:
    group, stream = call.arguments["logGroupName"], call.arguments["logStreamName"]
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{group}:log-stream:{stream}"
    yield need("logs:GetLogEvents", arn)


def _without_resource(call: Call, facts: Facts) -> Needs:
    service, operation = call.operation.split(".")
    yield need(f"{service}:{operation}")


def _nothing(call: Call, facts: Facts) -> Needs:
    """Needs nothing: "No permissions are required" (API reference, GetCallerIdentity)."""
    yield from ()


TABLE: Mapping[str, Callable[[Call, Facts], Needs]] = {
    "s3.GetObject": _read_object,
    "s3.HeadObject": _read_object,
    "s3.PutObject": _put_object,
    "s3.DeleteObject": _delete_object,
    "s3.GetObjectTagging": lambda call, facts: iter([need("s3:GetObjectTagging", _object(call))]),
    "s3.DeleteObjects": _delete_objects,
    "s3.ListObjectsV2": _list_objects("s3:ListBucket"),
    "s3.ListObjectVersions": _list_objects("s3:ListBucketVersions"),
    "sns.Publish": _publish,
    "ecs.CreateCluster": _create_cluster,
    "ecs.DescribeClusters": _on_clusters,
    "ecs.DeleteCluster": _on_clusters,
    "ecs.ListClusters": _without_resource,
    "ecs.RunTask": _run_task,
    "ecs.DescribeTasks": _on_tasks,
    "ecs.StopTask": _on_tasks,
    "ecs.ListTasks": _list_tasks,
    "ecs.DescribeTaskDefinition": _without_resource,
    "ecs.ListTaskDefinitions": _without_resource,
    "ecs.RegisterTaskDefinition": _register_task_definition,
    "ec2.DescribeNetworkInterfaces": _without_resource,
    "route53.ChangeResourceRecordSets": _change_records,
    "route53.ListResourceRecordSets": _list_records,
    "route53.GetChange": _get_change,
    "scheduler.CreateSchedule": _on_schedule,
    "scheduler.GetSchedule": _on_schedule,
    "scheduler.UpdateSchedule": _on_schedule,
    "scheduler.DeleteSchedule": _on_schedule,
    "scheduler.ListSchedules": _without_resource,
    "ssm.GetParameter": _get_parameter,
    "ssm.PutParameter": _put_parameter,
    "lambda.Invoke": _invoke,
    "ecr.GetAuthorizationToken": _without_resource,
    "ecr.DescribeRepositories": _describe_repositories,
    "ecr.CreateRepository": _create_repository,
    "ecr.TagResource": _tag_repository,
    "ecr.ListTagsForResource": _on_repository_arn,
    "ecr.DescribeImages": _on_images,
    "logs.GetLogEvents": _log_events,
    "sts.GetCallerIdentity": _nothing,
    "xray.PutTraceSegments": _without_resource,
}
