"""Checks the Region: that the account has enabled it, and that it has the AWS services of a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from botocore.exceptions import ClientError

from hippo_deploy.preflight.findings import Finding, ok, problem
from hippo_deploy.preflight.situation import Situation
from hippo_gym.runtime.aws_clients import code_of

NEEDED: Final = {
    "acm": "ACM",
    "apigatewayv2": "API Gateway HTTP APIs",
    "ecr": "ECR",
    "ecs": "ECS",
    "eventbridge": "EventBridge",
    "fargate": "Fargate",
    "lambda": "Lambda",
    "scheduler": "EventBridge Scheduler",
    "sns": "SNS",
    "sqs": "SQS",
}
"""Id in AWS's public list of the services of each Region → name. Ten, the most that one GetParameters call accepts
(Systems Manager user guide, "Calling AWS service, Region, endpoint, … public parameters")."""

_SERVICES: Final = "/aws/service/global-infrastructure/regions/{region}/services/{service}"


def enabled(situation: Situation) -> Iterator[Finding]:
    """Check that the account has enabled the Region: newer Regions are off by default."""
    region, cloud = situation.wanted.region, situation.cloud
    subject, why = f"Region {region}", "AWS makes no resource in a Region that the account has not enabled."
    try:
        answer = cloud.client("ec2", cloud.main_region()).describe_regions(RegionNames=[region], AllRegions=True)
    except ClientError as error:
        if code_of(error) not in {"InvalidParameterValue", "InvalidParameterValueException"}:
            raise
        answer = {"Regions": []}
    known = {found["RegionName"]: found.get("OptInStatus", "opt-in-not-required") for found in answer["Regions"]}
    if region not in known:
        yield problem(subject, "there is no such Region", why, "Correct `region`; an example is ca-central-1.")
    elif known[region] == "not-opted-in":
        fix = f"aws account enable-region --region-name {region}   (takes a few minutes)"
        yield problem(subject, "not enabled in this account", why, fix)
    else:
        yield ok(subject, "enabled", why)


def services(situation: Situation) -> Iterator[Finding]:
    """Check that the Region has every AWS service of a deployment."""
    region, cloud = situation.wanted.region, situation.cloud
    parameters = {_SERVICES.format(region=region, service=service): name for service, name in NEEDED.items()}
    answer = cloud.client("ssm", cloud.main_region()).get_parameters(Names=list(parameters))
    missing = [parameters[parameter] for parameter in answer.get("InvalidParameters", [])]
    subject, why = "AWS services", "Each participant's server is a Fargate task; the other services start and stop it."
    if missing:
        fix = "Choose another Region near your participants: set `region`."
        yield problem(subject, f"{region} has no {', '.join(missing)}", why, fix)
    else:
        yield ok(subject, f"{region} has Fargate and the {len(NEEDED) - 1} other services", why)
