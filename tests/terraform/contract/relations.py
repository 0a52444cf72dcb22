"""Rules about several values of a plan together: tags of a resource, policies of a role, rules of a group.

Each function takes the resources of a plan and yields the values that AWS would refuse; RELATIONS lists them all.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.terraform.contract.limits import MEASURES, Finding
from tests.terraform.contract.rows import IAM_QUOTAS, LAMBDA_QUOTAS, SNS_POLICIES, SQS_POLICIES
from tests.terraform.contract.walking import Resource

_DOCS = "https://docs.aws.amazon.com"
_OBJECT_TAGS = f"{_DOCS}/AmazonS3/latest/userguide/object-tagging.html"
_ROLE_TAGS = f"{_DOCS}/IAM/latest/UserGuide/id_tags.html"
_GROUP_RULES = f"{_DOCS}/vpc/latest/userguide/amazon-vpc-limits.html"
_ALARMS = f"{_DOCS}/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
_CLOUDWATCH_QUOTAS = f"{_DOCS}/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"
_ALARM_ACTIONS = f"{_DOCS}/AmazonCloudWatch/latest/monitoring/alarm-actions.html"
_STATEMENT_IDS = f"{_DOCS}/IAM/latest/UserGuide/reference_policies_elements_sid.html"

Relation = Callable[[Sequence[Resource]], Iterator[Finding]]


def object_tags(resources: Sequence[Resource]) -> Iterator[Finding]:
    """An S3 object takes ten tags; other resources take fifty."""
    for resource in _of(resources, "aws_s3_object"):
        tags = resource.values.get("tags_all") or {}
        if len(tags) > 10:
            yield Finding(resource.address, "tags_all", tags, f"at most 10 tags, has {len(tags)}", _OBJECT_TAGS)


def role_tag_keys(resources: Sequence[Resource]) -> Iterator[Finding]:
    """IAM ignores case in the tag keys of a role, and refuses a key that occurs twice."""
    for resource in _of(resources, "aws_iam_role"):
        tags = resource.values.get("tags_all") or {}
        twice = [key for key, count in Counter(key.lower() for key in tags).items() if count > 1]
        if twice:
            rule = f"keys must differ in more than case: {', '.join(twice)}"
            yield Finding(resource.address, "tags_all", tags, rule, _ROLE_TAGS)


def inline_policies(resources: Sequence[Resource]) -> Iterator[Finding]:
    """The size of all inline policies of a role together."""
    policies: dict[str, list[Resource]] = defaultdict(list)
    for resource in _of(resources, "aws_iam_role_policy"):
        if resource.values.get("policy"):
            policies[_role_of(resource)].append(resource)
    for role, of_role in policies.items():
        size = sum(MEASURES["characters without white space"](each.values["policy"]) for each in of_role)
        if size > 10240:
            rule = f"inline policies of the role {role}: at most 10,240 characters together, have {size:,}"
            yield Finding(of_role[0].address, "policy", of_role[0].values["policy"], rule, IAM_QUOTAS)


def managed_policies(resources: Sequence[Resource]) -> Iterator[Finding]:
    """The number of managed policies of a role, and of a group."""
    attached: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Resource] = {}
    for kind, argument in (("aws_iam_role_policy_attachment", "role"), ("aws_iam_group_policy_attachment", "group")):
        for resource in _of(resources, kind):
            key = (argument, resource.values.get(argument, resource.module))
            attached[key] += 1
            first.setdefault(key, resource)
    for (argument, name), count in attached.items():
        if count > 10:
            rule = f"at most 10 managed policies, has {count}"
            yield Finding(first[argument, name].address, argument, name, rule, IAM_QUOTAS)


def function_variables(resources: Sequence[Resource]) -> Iterator[Finding]:
    """The size of all environment variables of a function together, as JSON."""
    for resource in _of(resources, "aws_lambda_function"):
        for environment in resource.values.get("environment") or []:
            variables = environment.get("variables") or {}
            size = len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode())
            if size > 4096:
                rule = f"at most 4,096 bytes together, have {size:,}"
                yield Finding(resource.address, "environment.variables", variables, rule, LAMBDA_QUOTAS)


def group_rules(resources: Sequence[Resource]) -> Iterator[Finding]:
    """The number of rules of a security group in one direction; each module here has at most one group."""
    for kind in ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"):
        for module, count in Counter(resource.module for resource in _of(resources, kind)).items():
            if count > 60:
                rule = f"at most 60 rules of a group in a direction, has {count}"
                yield Finding(module, kind, count, rule, _GROUP_RULES)


def alarm_periods(resources: Sequence[Resource]) -> Iterator[Finding]:
    """The period of an alarm, its evaluated time, and its number of metrics."""
    for resource in _of(resources, "aws_cloudwatch_metric_alarm"):
        queries = resource.values.get("metric_query") or []
        metrics = [metric for query in queries for metric in query.get("metric") or []]
        for source in (resource.values, *metrics):
            period = source.get("period")
            if period is None:
                continue
            if period not in (10, 20, 30) and period % 60:
                yield Finding(resource.address, "period", period, "10, 20, 30 or a multiple of 60 seconds", _ALARMS)
            whole, most = period * resource.values["evaluation_periods"], 604800 if period >= 3600 else 86400
            if whole > most:
                rule = f"evaluation_periods of it: at most {most:,} seconds together, are {whole:,}"
                yield Finding(resource.address, "period", period, rule, _ALARMS)
        if len(metrics) > 10:
            rule = f"a metric math expression takes at most 10 metrics, has {len(metrics)}"
            yield Finding(resource.address, "metric_query", len(metrics), rule, _CLOUDWATCH_QUOTAS)


def alarm_topics(resources: Sequence[Resource]) -> Iterator[Finding]:
    """An alarm publishes in its own Region only: the Region of the topics in the same plan."""
    regions = {
        arn.split(":")[3]
        for _, statements in _policies(resources, "aws_sns_topic_policy")
        for each in statements
        for arn in _listed(each["Resource"])
    }
    for resource in _of(resources, "aws_cloudwatch_metric_alarm"):
        for argument in ("alarm_actions", "ok_actions"):
            for arn in resource.values.get(argument) or []:
                if regions and arn.split(":")[3] not in regions:
                    rule = f"must be in the alarm's Region, {', '.join(sorted(regions))}"
                    yield Finding(resource.address, argument, arn, rule, _ALARM_ACTIONS)


def dashboard_size(resources: Sequence[Resource]) -> Iterator[Finding]:
    """The number of widgets of a dashboard, of metrics in a widget, and of metrics in all."""
    for resource in _of(resources, "aws_cloudwatch_dashboard"):
        body = resource.values.get("dashboard_body")
        if not body:
            continue
        widgets = json.loads(body)["widgets"]
        metrics = [len(widget["properties"].get("metrics", ())) for widget in widgets]
        for what, count, most in (
            ("widgets", len(widgets), 500),
            ("metrics of a widget", max(metrics, default=0), 500),
            ("metrics", sum(metrics), 2500),
        ):
            if count > most:
                rule = f"at most {most:,} {what}, has {count:,}"
                yield Finding(resource.address, "dashboard_body", body, rule, _CLOUDWATCH_QUOTAS)


def queue_policies(resources: Sequence[Resource]) -> Iterator[Finding]:
    """The number of statements, conditions, principals and actions in a queue's policy."""
    for resource, statements in _policies(resources, "aws_sqs_queue_policy"):
        principals = sum(len(_principals(each)) for each in statements)
        conditions = sum(len(keys) for each in statements for keys in each.get("Condition", {}).values())
        actions = max((len(_listed(each["Action"])) for each in statements), default=0)
        for what, count, most in (
            ("statements", len(statements), 20),
            ("conditions", conditions, 10),
            ("principals", principals, 50),
            ("actions of a statement", actions, 7),
        ):
            if count > most:
                rule = f"at most {most} {what}, has {count}"
                yield Finding(resource.address, "policy", resource.values["policy"], rule, SQS_POLICIES)


def topic_policies(resources: Sequence[Resource]) -> Iterator[Finding]:
    """A topic's policy names its topic and no other; statements and their names are limited."""
    for resource, statements in _policies(resources, "aws_sns_topic_policy"):
        named = {arn for each in statements for arn in _listed(each["Resource"])}
        if len(named) != 1:
            rule = f"every statement must name the topic, and no other: {', '.join(sorted(named))}"
            yield Finding(resource.address, "policy", resource.values["policy"], rule, SNS_POLICIES)
        if len(statements) > 100:
            rule = f"at most 100 statements, has {len(statements)}"
            yield Finding(resource.address, "policy", resource.values["policy"], rule, SNS_POLICIES)


def statement_ids(resources: Sequence[Resource]) -> Iterator[Finding]:
    """A Sid has ASCII letters and digits and occurs once in a policy; otherwise IAM refuses the policy."""
    for kind, argument in (
        ("aws_iam_policy", "policy"),
        ("aws_iam_role_policy", "policy"),
        ("aws_iam_role", "assume_role_policy"),
    ):
        for resource, statements in _policies(resources, kind, argument):
            ids = [each["Sid"] for each in statements if "Sid" in each]
            for sid, count in Counter(ids).items():
                if count > 1 or not (sid.isalnum() and sid.isascii()):
                    rule = "a Sid must have letters and digits only, and occur once in its policy"
                    yield Finding(resource.address, argument, sid, rule, _STATEMENT_IDS)


def unique_names(resources: Sequence[Resource]) -> Iterator[Finding]:
    """No two resources of a type have the same name; IAM ignores case."""
    for kind, argument in (
        ("aws_iam_role", "name"),
        ("aws_iam_policy", "name"),
        ("aws_lambda_function", "function_name"),
        ("aws_cloudwatch_log_group", "name"),
        ("aws_cloudwatch_metric_alarm", "alarm_name"),
        ("aws_cloudwatch_event_rule", "name"),
        ("aws_sns_topic", "name"),
        ("aws_sqs_queue", "name"),
        ("aws_s3_bucket", "bucket"),
    ):
        first: dict[str, str] = {}
        for resource in _of(resources, kind):
            name = resource.values.get(argument)
            if name is None:
                continue
            other = first.setdefault(name.lower(), resource.address)
            if other != resource.address:
                yield Finding(resource.address, argument, name, f"{other} has this name", IAM_QUOTAS)


RELATIONS: tuple[Relation, ...] = (
    object_tags,
    role_tag_keys,
    inline_policies,
    managed_policies,
    function_variables,
    group_rules,
    alarm_periods,
    alarm_topics,
    dashboard_size,
    queue_policies,
    topic_policies,
    statement_ids,
    unique_names,
)

#: `type.argument` of values that only a relation limits.
RELATED = frozenset({"aws_lambda_function.environment.variables", "aws_lambda_function.environment.variables{}"})


def _of(resources: Iterable[Resource], kind: str) -> Iterator[Resource]:
    return (resource for resource in resources if resource.kind == kind)


def _role_of(resource: Resource) -> str:
    """Return a policy's role; while it is unknown, return the module instead."""
    return str(resource.values.get("role") or f"of {resource.module}")


def _policies(
    resources: Iterable[Resource], kind: str, argument: str = "policy"
) -> Iterator[tuple[Resource, list[dict[str, Any]]]]:
    for resource in _of(resources, kind):
        if resource.values.get(argument):
            yield resource, _listed(json.loads(resource.values[argument])["Statement"])


def _principals(statement: Mapping[str, Any]) -> list[Any]:
    principal = statement.get("Principal", [])
    if isinstance(principal, Mapping):
        return [each for values in principal.values() for each in _listed(values)]
    return _listed(principal)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
