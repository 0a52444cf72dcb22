"""Readable names of resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from plan_review.changes import Change

_KINDS: Final = {
    "aws_acm_certificate": "certificate",
    "aws_acm_certificate_validation": "certificate validation",
    "aws_apigatewayv2_api": "HTTP API",
    "aws_apigatewayv2_api_mapping": "API mapping",
    "aws_apigatewayv2_domain_name": "API domain name",
    "aws_apigatewayv2_integration": "API integration",
    "aws_apigatewayv2_route": "API route",
    "aws_apigatewayv2_stage": "API stage",
    "aws_cloudfront_distribution": "CloudFront distribution",
    "aws_cloudfront_function": "CloudFront function",
    "aws_cloudfront_key_value_store": "CloudFront key value store",
    "aws_cloudfront_origin_access_control": "CloudFront origin access control",
    "aws_cloudfront_response_headers_policy": "CloudFront response headers policy",
    "aws_cloudwatch_dashboard": "dashboard",
    "aws_cloudwatch_event_rule": "event rule",
    "aws_cloudwatch_event_target": "event target",
    "aws_cloudwatch_log_group": "log group",
    "aws_cloudwatch_metric_alarm": "alarm",
    "aws_ecs_cluster": "ECS cluster",
    "aws_ecs_cluster_capacity_providers": "capacity providers",
    "aws_iam_group_policy_attachment": "policy of IAM group",
    "aws_iam_policy": "IAM policy",
    "aws_iam_role": "IAM role",
    "aws_iam_role_policy": "policy of IAM role",
    "aws_iam_role_policy_attachment": "policy of IAM role",
    "aws_internet_gateway": "internet gateway",
    "aws_kms_alias": "KMS alias",
    "aws_kms_key": "KMS key",
    "aws_lambda_function": "Lambda function",
    "aws_lambda_function_event_invoke_config": "failure destination of Lambda function",
    "aws_lambda_function_recursion_config": "loop detection of Lambda function",
    "aws_lambda_permission": "permission to invoke Lambda function",
    "aws_route": "route",
    "aws_route53_record": "DNS record",
    "aws_route53_zone": "hosted zone",
    "aws_route_table": "route table",
    "aws_route_table_association": "route table association",
    "aws_s3_bucket": "S3 bucket",
    "aws_s3_bucket_lifecycle_configuration": "lifecycle rules of S3 bucket",
    "aws_s3_bucket_ownership_controls": "ownership controls of S3 bucket",
    "aws_s3_bucket_policy": "policy of S3 bucket",
    "aws_s3_bucket_public_access_block": "public access block of S3 bucket",
    "aws_s3_bucket_server_side_encryption_configuration": "encryption of S3 bucket",
    "aws_s3_bucket_versioning": "versioning of S3 bucket",
    "aws_s3_object": "S3 object",
    "aws_scheduler_schedule": "schedule",
    "aws_security_group": "security group",
    "aws_sns_topic": "SNS topic",
    "aws_sns_topic_policy": "policy of SNS topic",
    "aws_sns_topic_subscription": "SNS subscription",
    "aws_sqs_queue": "SQS queue",
    "aws_sqs_queue_policy": "policy of SQS queue",
    "aws_ssm_parameter": "SSM parameter",
    "aws_subnet": "subnet",
    "aws_vpc": "VPC",
    "aws_vpc_security_group_egress_rule": "outgoing rule",
    "aws_vpc_security_group_ingress_rule": "incoming rule",
    "aws_wafv2_web_acl": "web ACL",
}

_WITHOUT_PLURAL: Final = ("versioning", "encryption", "detection", "providers", "rules", "controls", "addresses")

_NAMED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "aws_apigatewayv2_route": ("route_key",),
    "aws_iam_role_policy": ("role",),
    "aws_iam_role_policy_attachment": ("role",),
    "aws_iam_group_policy_attachment": ("group",),
    "aws_iam_user_policy_attachment": ("user",),
    "aws_s3_object": ("key",),
}
_NAMES: Final = (
    "function_name",
    "bucket",
    "alarm_name",
    "dashboard_name",
    "domain_name",
    "name",
    "topic_arn",
    "queue_url",
    "rule",
)


def kind(change: Change) -> str:
    """Return the kind of a resource: "S3 bucket"."""
    return _KINDS.get(change.type) or change.type.removeprefix("aws_").replace("_", " ")


def plural(found: str) -> str:
    """Return the plural of a kind: "log groups", "policies of IAM roles", "versioning of S3 buckets"."""
    head, of, owner = found.partition(" of ")
    if of:
        return f"{_plural(head)} of {_plural(owner)}"
    head, to, rest = found.partition(" to ")
    return f"{_plural(head)}{to}{rest}"


def _plural(word: str) -> str:
    if word.endswith(_WITHOUT_PLURAL):
        return word
    return f"{word[:-1]}ies" if word.endswith(("cy", "ry")) else f"{word}{'es' if word.endswith('s') else 's'}"


def name(change: Change) -> str:
    """Return a resource's name in AWS; if that is known only on apply, its name in the configuration."""
    for setting in (*_NAMED_BY.get(change.type, ()), *_NAMES):
        found = next((text for values in _states(change) if (text := _text(values, setting))), "")
        if found:
            return found.rsplit("/", 1)[-1] if setting == "queue_url" else found.rsplit(":", 1)[-1]
    if change.key and not change.key.isdigit():
        return change.key
    if change.name != "this":
        key = "" if change.key == "0" else change.key  # of `count = condition ? 1 : 0`
        return f"{change.name} {key}".strip().replace("_", " ")
    parts = parts_of(change.module)
    return (
        next((part for part in (parts[-1][1], parts[-1][0]) if part not in {"", "this"}), "this") if parts else "this"
    )


def _states(change: Change) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return both states, that which names it first: the old name of a replaced resource is the known one."""
    return (change.before, change.after) if change.action == "replace" else (change.after, change.before)


def label(change: Change) -> str:
    """Return kind and name as Markdown: "S3 bucket `hippo-gym-projects-1`"."""
    return f"{kind(change)} `{name(change)}`"


def module_of(change: Change) -> str:
    """Return the path of a resource's modules without keys, such as "function"; "root" for none."""
    return ".".join(part[0] for part in parts_of(change.module)) or "root"


def parts_of(module: str) -> list[tuple[str, str]]:
    """Return a module's address as names with keys: `module.a["x"].module.b` → [("a", "x"), ("b", "")]."""
    parts: list[tuple[str, str]] = []
    rest = module
    while rest.startswith("module."):
        rest = rest.removeprefix("module.")
        end = min((at for at in (rest.find("."), rest.find("[")) if at >= 0), default=len(rest))
        found, key, rest = rest[:end], "", rest[end:]
        if rest.startswith("["):
            close = rest.index('"]') + 1 if rest.startswith('["') else rest.index("]")
            key, rest = rest[1:close].strip('"'), rest[close + 1 :]
        parts.append((found, key))
        rest = rest.removeprefix(".")
    return parts


def _text(values: Mapping[str, Any], setting: str) -> str:
    found = values.get(setting)
    return " ".join(found.split()) if isinstance(found, str) else ""
