"""The AWS clients of a preflight, and the permission that each of its calls needs."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from hippo_common.aws_errors import DENIED
from hippo_gym.runtime.aws_clients import code_of

ACTIONS: Final[Mapping[str, str]] = {
    "DescribeCertificate": "acm:DescribeCertificate",
    "DescribeKey": "kms:DescribeKey",
    "DescribeNetworkAcls": "ec2:DescribeNetworkAcls",
    "DescribeNetworkInterfaces": "ec2:DescribeNetworkInterfaces",
    "DescribeRegions": "ec2:DescribeRegions",
    "DescribeRouteTables": "ec2:DescribeRouteTables",
    "DescribeSecurityGroups": "ec2:DescribeSecurityGroups",
    "DescribeSubnets": "ec2:DescribeSubnets",
    "DescribeTaskDefinition": "ecs:DescribeTaskDefinition",
    "DescribeVpcBlockPublicAccessExclusions": "ec2:DescribeVpcBlockPublicAccessExclusions",
    "DescribeVpcBlockPublicAccessOptions": "ec2:DescribeVpcBlockPublicAccessOptions",
    "DescribeVpcs": "ec2:DescribeVpcs",
    "GetAWSDefaultServiceQuota": "servicequotas:GetAWSDefaultServiceQuota",
    "GetAccountSettings": "lambda:GetAccountSettings",
    "GetBucketVersioning": "s3:GetBucketVersioning",
    "GetCallerIdentity": "sts:GetCallerIdentity",
    "GetFunctionConfiguration": "lambda:GetFunctionConfiguration",
    "GetHostedZone": "route53:GetHostedZone",
    "GetHostedZoneLimit": "route53:GetHostedZoneLimit",
    "GetKeyPolicy": "kms:GetKeyPolicy",
    "GetObject": "s3:GetObject",
    "GetParameter": "ssm:GetParameter",
    "GetParameters": "ssm:GetParameters",
    "GetPolicy": "iam:GetPolicy",
    "GetServiceQuota": "servicequotas:GetServiceQuota",
    "HeadBucket": "s3:ListBucket",
    "ListCertificates": "acm:ListCertificates",
    "ListClusters": "ecs:ListClusters",
    "ListHostedZonesByName": "route53:ListHostedZonesByName",
    "ListResourcePolicies": "xray:ListResourcePolicies",
    "ListRoles": "iam:ListRoles",
    "ListSubscriptionsByTopic": "sns:ListSubscriptionsByTopic",
}
"""Operation → IAM action, for every call of preflight; all of them only read (Service Authorization Reference)."""

_NAMED: Final = re.compile(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)")
_CONFIG: Final = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}, max_pool_connections=16
)


class Cloud:
    """Clients for one account. A lock makes them one at a time, since boto3 sessions are not thread-safe."""

    def __init__(self, session: boto3.Session, region: str) -> None:
        self.region = region
        self._session = session
        self._making = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        """Return the client of a service, by default in the deployment's Region."""
        key = (service, region or self.region)
        with self._making:
            if key not in self._clients:
                self._clients[key] = self._make(*key)
            return self._clients[key]

    def main_region(self) -> str:
        """Return the Region that every account of this partition can use; it also answers about other Regions."""
        return {"aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}.get(self.partition(), "us-east-1")

    def partition(self) -> str:
        """Return the partition of the deployment's Region: aws, aws-cn or aws-us-gov."""
        return str(self._session.get_partition_for_region(self.region))

    def _make(self, service: str, region: str) -> Any:
        client: Any = self._session.client(service, region_name=region, config=_CONFIG)  # type: ignore[call-overload]
        return client


def is_denied(error: ClientError) -> bool:
    """Return whether AWS refused a call because a permission is missing."""
    return code_of(error) in DENIED


def permission(error: ClientError) -> str:
    """Return the IAM action that a refused call needs: the one in AWS's message, or that of `ACTIONS`."""
    named = _NAMED.search(str(error.response.get("Error", {}).get("Message", "")))
    return named.group(1) if named else ACTIONS.get(error.operation_name, error.operation_name)
