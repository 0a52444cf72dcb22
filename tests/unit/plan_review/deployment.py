"""A small deployment as it is after an apply, and plans that change a part of it. No terraform runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from plan_review.changes import Plan
from tests.unit.plan_review.plans import change, policy

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "999988887777"
REGION = "ca-central-1"
GITHUB = "token.actions.githubusercontent.com"

BUCKET = "module.projects_bucket.aws_s3_bucket.this"
VERSIONING = "module.projects_bucket.aws_s3_bucket_versioning.this"
BLOCK = "module.projects_bucket.aws_s3_bucket_public_access_block.this"
BUCKET_POLICY = "module.projects_bucket.aws_s3_bucket_policy.this"
EXPIRY = "module.projects_bucket.aws_s3_bucket_lifecycle_configuration.this"
FUNCTION = "module.function.aws_lambda_function.next_step"
ROLE = "module.function.aws_iam_role.next_step"
ROLE_POLICY = "module.function.aws_iam_role_policy.next_step"
DEPLOYER = "module.github_oidc.aws_iam_role.deploy"
GROUP = "module.network.aws_security_group.sessions"
INCOMING = "module.network.aws_vpc_security_group_ingress_rule.participants"
API = "module.api.aws_apigatewayv2_api.this"
ROUTE = "module.api.aws_apigatewayv2_route.stop"
INTEGRATION = "module.api.aws_apigatewayv2_integration.next_step"
PERMISSION = "module.api.aws_lambda_permission.next_step"
TOPIC = "module.session_topics.aws_sns_topic.stop"
TOPIC_POLICY = "module.session_topics.aws_sns_topic_policy.stop"
QUEUE = "module.session_topics.aws_sqs_queue.failed"
CLUSTER = "module.session_servers.aws_ecs_cluster.shared"
ZONE = "module.dns.aws_route53_zone.made"
RECORD = "module.dns.aws_route53_record.api"
ALARM = "module.monitoring.aws_cloudwatch_metric_alarm.api_errors"
MAIL = "module.monitoring.aws_sns_topic_subscription.email"
DISTRIBUTION = "module.website.aws_cloudfront_distribution.this"

FILES = [f"module.website.aws_s3_object.file{number}" for number in range(38)]
LOGS = [f"module.function.aws_cloudwatch_log_group.group{number}" for number in range(9)]

BUCKET_NAME = "hippo-gym-projects-123456789012"
READ = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET_NAME}/*.html"}
TLS_ONLY = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": f"arn:aws:s3:::{BUCKET_NAME}/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
BY_EVENTS = {
    "Sid": "Stop",
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": "sns:Publish",
    "Resource": f"arn:aws:sns:{REGION}:{ACCOUNT}:stop",
    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
}


def trust(**condition: Mapping[str, Any]) -> str:
    """Return a trust policy for GitHub's tokens."""
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"
    found = {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": provider}}
    return policy({**found, "Condition": {operator: dict(keys) for operator, keys in condition.items()}})


SUBJECT = {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": "repo:lab/hippo:environment:prod"}

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:next_step"
APPLIED: dict[str, dict[str, Any]] = {
    BUCKET: {"id": BUCKET_NAME, "bucket": BUCKET_NAME, "arn": f"arn:aws:s3:::{BUCKET_NAME}", "force_destroy": False},
    VERSIONING: {"bucket": BUCKET_NAME, "versioning_configuration": [{"status": "Enabled"}]},
    BLOCK: {
        "bucket": BUCKET_NAME,
        "block_public_acls": True,
        "block_public_policy": True,
        "ignore_public_acls": True,
        "restrict_public_buckets": True,
    },
    BUCKET_POLICY: {"bucket": BUCKET_NAME, "policy": policy(TLS_ONLY)},
    EXPIRY: {
        "bucket": BUCKET_NAME,
        "rule": [{"id": "old", "status": "Enabled", "noncurrent_version_expiration": [{"noncurrent_days": 90}]}],
    },
    FUNCTION: {
        "function_name": "next_step",
        "arn": ARN,
        "invoke_arn": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{ARN}/invocations",
        "role": f"arn:aws:iam::{ACCOUNT}:role/next_step",
        "source_code_hash": "a" * 43 + "=",
        "handler": "next_step.lambda_handler",
        "layers": [],
        "memory_size": 512,
        "kms_key_arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1",
        "environment": [{"variables": {"BUCKET": BUCKET_NAME, "LOG_LEVEL": "INFO"}}],
    },
    ROLE: {"id": "next_step", "name": "next_step", "arn": f"arn:aws:iam::{ACCOUNT}:role/next_step"},
    ROLE_POLICY: {"role": "next_step", "policy": policy(READ)},
    DEPLOYER: {"id": "deploy", "name": "deploy", "assume_role_policy": trust(StringEquals=SUBJECT)},
    GROUP: {"id": "sg-0123456789abcdef0", "name": "sessions"},
    INCOMING: {
        "security_group_id": "sg-0123456789abcdef0",
        "cidr_ipv4": "10.1.0.0/16",
        "from_port": 5000,
        "to_port": 5000,
        "ip_protocol": "tcp",
    },
    API: {"id": "abc123", "name": "hippo", "api_endpoint": f"https://abc123.execute-api.{REGION}.amazonaws.com"},
    ROUTE: {"api_id": "abc123", "route_key": "POST /stop", "authorization_type": "AWS_IAM"},
    INTEGRATION: {"api_id": "abc123", "integration_uri": ARN},
    PERMISSION: {"function_name": "next_step", "action": "lambda:InvokeFunction", "principal": "sns.amazonaws.com"},
    TOPIC: {"id": f"arn:aws:sns:{REGION}:{ACCOUNT}:stop", "name": "stop", "kms_master_key_id": "alias/aws/sns"},
    TOPIC_POLICY: {"arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:stop", "policy": policy(BY_EVENTS)},
    QUEUE: {"id": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/failed", "name": "failed"},
    CLUSTER: {"id": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/hippo", "name": "hippo"},
    ZONE: {"id": "Z1", "zone_id": "Z1", "name": "play.lab.org"},
    RECORD: {"zone_id": "Z1", "name": "api.play.lab.org", "type": "CNAME", "records": ["api-1.play.lab.org"]},
    ALARM: {"alarm_name": "api_errors", "threshold": 5, "alarm_actions": [f"arn:aws:sns:{REGION}:{ACCOUNT}:stop"]},
    MAIL: {
        "topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:stop",
        "protocol": "email",
        "endpoint": "ops@lab.org",
    },
    DISTRIBUTION: {
        "enabled": True,
        "aliases": ["study.play.lab.org"],
        "origin": [{"domain_name": f"{BUCKET_NAME}.s3.{REGION}.amazonaws.com"}],
        "viewer_certificate": [{"minimum_protocol_version": "TLSv1.2_2021"}],
        "default_cache_behavior": [{"viewer_protocol_policy": "redirect-to-https"}],
    },
    **{
        file: {"bucket": "page", "key": f"{number}.js", "etag": str(number), "source_hash": str(number)}
        for number, file in enumerate(FILES)
    },
    **{group: {"name": f"/aws/lambda/{number}", "retention_in_days": 90} for number, group in enumerate(LOGS)},
}
"""Address → settings. The distribution's origin has the deployment's own bucket."""

APPLIED[BUCKET]["bucket_regional_domain_name"] = f"{BUCKET_NAME}.s3.{REGION}.amazonaws.com"

PROTECTED = ["modules/projects_bucket: aws_s3_bucket.this"]


def updated(address: str, **settings: Any) -> dict[str, Any]:
    return change(address, APPLIED[address], {**APPLIED[address], **settings})


def replaced(address: str, because: str, **settings: Any) -> dict[str, Any]:
    after = {key: value for key, value in APPLIED[address].items() if key not in {"id", "arn"}}
    paths = [because.split(".")]
    return change(address, APPLIED[address], {**after, **settings}, actions=["delete", "create"], replace_paths=paths)


def destroyed(*addresses: str) -> list[dict[str, Any]]:
    return [change(address, APPLIED[address], None) for address in addresses]


def created(address: str, **settings: Any) -> dict[str, Any]:
    return change(address, None, settings)


def deployed(*changes: dict[str, Any], **document: Any) -> Plan:
    """Return a plan of the deployment with some changes; every other resource stays as it is."""
    changed = {found["address"]: found for found in changes}
    kept = [change(address, settings, settings) for address, settings in APPLIED.items() if address not in changed]
    whole = {
        "resource_changes": [*changes, *kept],
        "configuration": {"root_module": configuration()},
        "output_changes": protected(PROTECTED, PROTECTED),
    }
    return Plan({**whole, **document})


def protected(before: list[str], after: list[str]) -> dict[str, Any]:
    """Return the change of the output that lists the blocks with prevent_destroy."""
    actions = ["no-op"] if before == after else ["update"]
    return {"protected_resources": {"actions": actions, "before": before, "after": after}}


def configuration(extra: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Return the configuration of the deployment: each block sets what was applied, and no settings of AWS's own.

    Args:
        extra: further keys of a block, such as `provisioners`, by address.
    """
    calls: dict[str, Any] = {}
    for address, settings in {**APPLIED, **{key: {} for key in extra or {}}}.items():
        module, type_, name = re.fullmatch(r"module\.(\w+)\.(aws_\w+)\.(\w+)", address).groups()  # type: ignore[union-attr]
        given = APPLIED.get(address, settings)
        found: dict[str, Any] = {
            "mode": "managed",
            "type": type_,
            "name": name,
            "expressions": {key: {} for key in given if key not in {"id", "arn", "ingress", "inline_policy"}},
        }
        call = calls.setdefault(module, {"source": f"./modules/{module}", "module": {"resources": []}})
        resources = call["module"]["resources"]
        resources[:] = [one for one in resources if (one["type"], one["name"]) != (type_, name)]
        resources.append({**found, **(extra or {}).get(address, {})})
    return {"module_calls": calls}
