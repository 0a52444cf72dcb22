"""The Region: whether the account may use it, and whether it has what a deployment is made of."""

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
"""Service in AWS's public list of what each Region has → its name; ten, the most that GetParameters takes (Systems
Manager user guide, "Calling AWS service, Region, endpoint, … public parameters")."""

_SERVICES: Final = "/aws/service/global-infrastructure/regions/{region}/services/{service}"


def enabled(situation: Situation) -> Iterator[Finding]:
    """Look whether the account may use the Region: newer ones are off until somebody turns them on."""
    region, cloud = situation.wanted.region, situation.cloud
    subject, why = f"Region {region}", "Nothing can be made in a Region that the account has not enabled."
    try:
        answer = cloud.client("ec2", cloud.main_region()).describe_regions(RegionNames=[region], AllRegions=True)
    except ClientError as error:
        if code_of(error) not in {"InvalidParameterValue", "InvalidParameterValueException"}:
            raise
        answer = {"Regions": []}
    known = {found["RegionName"]: found.get("OptInStatus", "opt-in-not-required") for found in answer["Regions"]}
    if region not in known:
        yield problem(subject, "there is no such Region", why, "Mend `region`; a Region is named like ca-central-1.")
    elif known[region] == "not-opted-in":
        fix = f"aws account enable-region --region-name {region}   (takes some minutes)"
        yield problem(subject, "not enabled in this account", why, fix)
    else:
        yield ok(subject, "enabled", why)


def services(situation: Situation) -> Iterator[Finding]:
    """Look whether the Region has every service that a deployment is made of."""
    region, cloud = situation.wanted.region, situation.cloud
    parameters = {_SERVICES.format(region=region, service=service): name for service, name in NEEDED.items()}
    answer = cloud.client("ssm", cloud.main_region()).get_parameters(Names=list(parameters))
    missing = [parameters[parameter] for parameter in answer.get("InvalidParameters", [])]
    subject, why = "Services there", "Each participant's server is a Fargate task; the rest brings it up and down."
    if missing:
        fix = "Choose another Region near your participants: set `region`."
        yield problem(subject, f"{region} has no {', '.join(missing)}", why, fix)
    else:
        yield ok(subject, f"Fargate and the {len(NEEDED) - 1} others that are needed", why)
