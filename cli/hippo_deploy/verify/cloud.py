"""The AWS clients of a verification, and the permission that each of its calls needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import ClientError

from hippo_deploy.preflight import cloud as preflight
from hippo_gym.runtime.aws_clients import code_of

ACTIONS: Final[Mapping[str, str]] = {
    "DeleteLogStream": "logs:DeleteLogStream",
    "DeleteObjects": "s3:DeleteObject",
    "DeregisterTaskDefinition": "ecs:DeregisterTaskDefinition",
    "DescribeAlarms": "cloudwatch:DescribeAlarms",
    "DescribeClusters": "ecs:DescribeClusters",
    "DescribeLogStreams": "logs:DescribeLogStreams",
    "DescribeTasks": "ecs:DescribeTasks",
    "FilterLogEvents": "logs:FilterLogEvents",
    "GetMetricData": "cloudwatch:GetMetricData",
    "GetObject": "s3:GetObject",
    "GetParameter": "ssm:GetParameter",
    "GetSchedule": "scheduler:GetSchedule",
    "Invoke": "lambda:InvokeFunction",
    "ListHostedZones": "route53:ListHostedZones",
    "ListObjectVersions": "s3:ListBucketVersions",
    "ListObjectsV2": "s3:ListBucket",
    "ListResourceRecordSets": "route53:ListResourceRecordSets",
    "ListSubscriptionsByTopic": "sns:ListSubscriptionsByTopic",
    "ListTaskDefinitions": "ecs:ListTaskDefinitions",
    "ListTasks": "ecs:ListTasks",
    "Publish": "sns:Publish",
    "PutObject": "s3:PutObject",
    "RegisterTaskDefinition": "ecs:RegisterTaskDefinition",
    "StopTask": "ecs:StopTask",
    "TagResource": "ecs:TagResource",
    "UntagResource": "ecs:UntagResource",
}
"""Operation → IAM action of every call that verify makes (Service Authorization Reference).

RegisterTaskDefinition also needs iam:PassRole and ecs:TagResource, and DeleteObjects of versions
needs s3:DeleteObjectVersion.
"""

_CONFIG: Final = Config(
    connect_timeout=5, read_timeout=90, retries={"mode": "standard", "total_max_attempts": 5}, max_pool_connections=32
)
"""sweep_sessions may work for a minute before it answers."""


class Cloud(preflight.Cloud):
    """AWS clients with a timeout for the slowest function; each is made once, by one thread."""

    def _make(self, service: str, region: str) -> Any:
        client: Any = self._session.client(service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]
        return client


def is_denied(error: ClientError) -> bool:
    """Return whether AWS refused a call because a permission is missing; SNS uses another code."""
    return preflight.is_denied(error) or code_of(error) == "AuthorizationError"


def permission(error: ClientError) -> str:
    """Return the IAM action that a refused call needs, from AWS's message if it names one."""
    named = preflight.permission(error)
    return named if ":" in named else ACTIONS.get(error.operation_name, named)
