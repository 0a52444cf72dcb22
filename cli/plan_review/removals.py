"""What a plan destroys or replaces, and what hangs on it: sessions, messages, addresses that clients keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from hippo_common.words import count
from plan_review.changes import Change, Plan
from plan_review.data import HOLDS_DATA
from plan_review.markdown import joined
from plan_review.points import DESTROYED, FORGOTTEN, REPLACED, Point, about

_HANGS: Final[Mapping[str, str]] = {
    "aws_acm_certificate": "connections under its names fail once it is gone",
    "aws_apigatewayv2_api": "clients that keep its address do not reach it any more",
    "aws_apigatewayv2_api_mapping": "requests to the domain name are answered with an error until it exists",
    "aws_apigatewayv2_domain_name": "clients that keep this address do not reach the API until its DNS record follows",
    "aws_apigatewayv2_integration": "its routes are answered with an error until it exists",
    "aws_apigatewayv2_route": "requests to it are answered with 404 until it exists",
    "aws_apigatewayv2_stage": "every request to the API is answered with an error until it exists",
    "aws_cloudfront_distribution": "browsers do not get the page until DNS leads to another one",
    "aws_cloudwatch_event_rule": "what it starts does not run until it exists",
    "aws_cloudwatch_event_target": "what it starts does not run until it exists",
    "aws_cloudwatch_metric_alarm": "no alarm is raised meanwhile, and its history is lost",
    "aws_cognito_user_pool": "**every user in it is lost**",
    "aws_default_security_group": "the group of the network keeps the rules that it has",
    "aws_ecs_cluster": "the tasks of running sessions are in it: participants lose their server",
    "aws_ecs_service": "its tasks are stopped",
    "aws_eip": "clients that keep this address do not reach it any more",
    "aws_iam_access_key": "programs that keep the key are refused",
    "aws_iam_openid_connect_provider": "workflows cannot assume their roles until it exists",
    "aws_iam_policy": "people and roles that it is attached to by hand lose it",
    "aws_iam_role": "what runs with it is refused, and other accounts' policies that name it do not apply to a new one",
    "aws_instance": "what runs on it, and the disks without a copy, are lost",
    "aws_internet_gateway": "servers of running sessions are cut off from participants",
    "aws_lambda_event_source_mapping": "events wait or are lost until it exists",
    "aws_lambda_function": "calls of it fail until it exists, and its versions and aliases are lost",
    "aws_lambda_function_url": "clients that keep this address do not reach it any more",
    "aws_lb": "clients that keep its address do not reach it any more",
    "aws_nat_gateway": "others that allow its address do not see it any more",
    "aws_route": "servers of running sessions may be cut off",
    "aws_route53_record": "clients do not find this name until it exists",
    "aws_route_table": "servers of running sessions are cut off from participants",
    "aws_route_table_association": "servers of running sessions may be cut off",
    "aws_scheduler_schedule": "what it starts does not run",
    "aws_scheduler_schedule_group": "the stop schedules of running sessions are in it",
    "aws_secretsmanager_secret": "what reads the secret fails, and its value is lost",
    "aws_security_group": "servers of running sessions use it",
    "aws_sns_topic": "messages on their way are lost, and so are subscriptions made by hand",
    "aws_sns_topic_subscription": "its receiver gets no messages until it exists, and has to confirm a new one",
    "aws_ssm_parameter": "what reads the value fails until it exists",
    "aws_subnet": "servers of running sessions are in it",
    "aws_vpc": "servers of running sessions are in it",
    "aws_vpc_endpoint": "what reaches AWS through it is cut off",
    "aws_vpc_security_group_egress_rule": "connections that it allows are cut off until it exists",
    "aws_vpc_security_group_ingress_rule": "connections that it allows are cut off until it exists",
}
"""Type → what fails or is lost with it, in words for one and for several."""


def removals(plan: Plan, named: Iterable[str], owners: Mapping[str, str]) -> list[Point]:
    """Return a point for each resource that is destroyed, replaced or released, except parts of such a resource.

    Args:
        plan: the plan.
        named: addresses of resources that another point names as lost.
        owners: what `owners` returns.
    """
    skipped = frozenset(named)
    found = [
        about(change, DESTROYED if change.action == "delete" else REPLACED, _what(change, owners))
        for change in _ending(plan)
        if change.address not in owners and change.address not in skipped
    ]
    found += [
        about(change, FORGOTTEN, "stays in AWS, and Terraform does not change or destroy it any more")
        for change in plan.resources
        if change.action == "forget" and change.address not in skipped
    ]
    return found + [
        about(change, DESTROYED, f"does not answer under {joined(f'`{alias}`' for alias in gone)} any more")
        for change in plan.of_types(["aws_cloudfront_distribution"])
        if change.action == "update" and (gone := _gone(change, "aliases"))
    ]


def owners(plan: Plan) -> dict[str, str]:
    """Return the address of each part that goes together with what it belongs to → the address of that.

    The policy of a destroyed bucket is a part of it, for example.
    """
    ending = _ending(plan)
    by_id = {
        name: change.address
        for change in ending
        if change.type not in _PARTS and (change.type in HOLDS_DATA or change.type in _HANGS)
        for name in _ids(change)
    }
    types = {change.address: change.type for change in ending}
    found = {}
    for part in ending:
        if part.type in HOLDS_DATA or (part.type in _HANGS and part.type not in _PARTS):
            continue
        values = [value for key, value in part.before.items() if isinstance(value, str) and key not in {"id", "arn"}]
        owner = next((by_id[value] for value in values if value in by_id), None)
        if owner is not None and types[owner] != part.type:
            found[part.address] = owner
    return found


def parts_of(address: str, owners: Mapping[str, str]) -> str:
    """Return a phrase for the parts that go together with a resource, such as "4 parts of it as well"."""
    number = sum(1 for owner in owners.values() if owner == address)
    return f"{count(number, 'part')} of it as well" if number else ""


def _what(change: Change, owners: Mapping[str, str]) -> str:
    cause = f"the cause is {joined(f'`{path}`' for path in change.forced_by)}" if change.forced_by else ""
    return "; ".join(filter(None, (_HANGS.get(change.type, ""), cause, parts_of(change.address, owners))))


def _ending(plan: Plan) -> list[Change]:
    return [change for change in plan.resources if change.action in {"delete", "replace"}]


_PARTS: Final = frozenset(
    {
        "aws_apigatewayv2_api_mapping",
        "aws_apigatewayv2_integration",
        "aws_apigatewayv2_route",
        "aws_apigatewayv2_stage",
        "aws_cloudwatch_event_target",
        "aws_lambda_event_source_mapping",
        "aws_lambda_function_url",
        "aws_route",
        "aws_route53_record",
        "aws_route_table_association",
        "aws_scheduler_schedule",
        "aws_sns_topic_subscription",
        "aws_vpc_security_group_egress_rule",
        "aws_vpc_security_group_ingress_rule",
    }
)
"""Types that have effects of their own, and go without a further word if what they belong to goes."""


def _ids(change: Change) -> set[str]:
    found = {change.before.get(key) for key in ("id", "arn", "function_name", "bucket", "zone_id")}
    if change.type in {"aws_iam_role", "aws_cloudwatch_event_rule", "aws_ecs_cluster"}:
        found.add(change.before.get("name"))
    return {value for value in found if isinstance(value, str) and value}


def _gone(change: Change, setting: str) -> list[str]:
    return [one for one in change.before.get(setting) or [] if one not in (change.after.get(setting) or [])]
