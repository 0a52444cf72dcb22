"""What stays after `make destroy`, what it costs, and how to remove it.

Terraform keeps the research data; and it never made the images and task definitions that researchers published, the
zone, secret or key that a setting names, the state bucket, and the log groups that AWS made by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from hippo_common import prices
from hippo_common.names import DEPLOYMENT_TAG
from hippo_common.parallel import in_parallel
from hippo_common.words import count, money
from hippo_deploy.bootstrap.files import bucket_in
from hippo_deploy.destroy import Inventory
from hippo_deploy.environments import Environment
from hippo_gym.runtime.aws_clients import code_of

_GB: Final = 10**9
_MADE_ZONE: Final = "module.dns.aws_route53_zone.made"

Client = Callable[[str], Any]
"""Returns the client of a service."""


@dataclass(frozen=True)
class Remaining:
    """Something that stays: what it is, what it costs by list price, and how to remove it."""

    what: str
    cost: str
    removal: str

    def __str__(self) -> str:
        """Return a line about it."""
        return f"{self.what}: {self.cost}. {self.removal}"


def remaining(
    environment: Environment, found: Inventory, outputs: Mapping[str, Any], client: Client
) -> Iterator[Remaining]:
    """Yield what `make destroy` will leave; what cannot be looked up is named without a number.

    Args:
        environment: the environment to destroy.
        found: its resources.
        outputs: Terraform's outputs before the destroy.
        client: makes the clients of its Region.
    """
    if found.bucket:
        yield Remaining(
            f"the projects bucket {found.bucket}, with every version of every object",
            "S3 storage",
            "docs/remove.md says how to delete it",
        )
    keys = sum(1 for address in found.kept if ".aws_kms_key." in address)
    if keys:
        yield Remaining("the KMS key of the data", _monthly("kmsKeyMonth", keys), "The data cannot be read without it")
    yield from _images(str(outputs.get("name") or environment.deployment), client)
    yield Remaining("the task definitions that `hippo submit` registered", "free", "Deregister them in ECS")
    zone = outputs.get("hosted_zone_id")
    if zone and not any(address.startswith(_MADE_ZONE) for address in found.destroyed):
        yield Remaining(f"the hosted zone {zone}, which was given", _monthly("hostedZoneMonth"), "It is yours")
    for setting, price in (("session_certificate_secret_arn", "secretMonth"), ("kms_key_arn", "kmsKeyMonth")):
        arn = environment.setting(setting)
        if arn:
            yield Remaining(f"{arn}, which was given as {setting}", _monthly(price), "It is yours")
    yield Remaining(
        f"the state bucket {bucket_in(environment) or ''}".rstrip(),
        "S3 storage of some kilobytes",
        "Other environments may use it",
    )


def log_groups(name: str, client: Client) -> Iterator[Remaining]:
    """Yield the log groups of a destroyed deployment that exist: AWS made them, or made them again.

    Lambda makes a function's group when a late invocation logs; ECS makes one for each cluster if Container Insights is
    on in the account (Amazon ECS developer guide, "Container Insights").
    """
    prefixes = (
        f"/aws/lambda/{name}_",
        f"/ecs/{name}",
        f"/aws/vendedlogs/apigateway/{name}",
        f"/aws/ecs/containerinsights/{name}-",
    )
    try:
        logs = client("logs")
        groups = [
            str(group["logGroupName"])
            for prefix in prefixes
            for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
            for group in page["logGroups"]
        ]
    except (ClientError, BotoCoreError) as error:
        yield Remaining("log groups that AWS made", "storage of logs", f"They cannot be listed ({_why(error)})")
        return
    for group in groups:
        yield Remaining(
            f"the log group {group}", "storage of logs", f"aws logs delete-log-group --log-group-name {group}"
        )


def _images(name: str, client: Client) -> Iterator[Remaining]:
    """Yield the deployment's ECR repositories; ECR bills a layer that several images share only once."""
    try:
        ecr = client("ecr")
        pages = ecr.get_paginator("describe_repositories").paginate()
        every = [repository for page in pages for repository in page["repositories"]]
        ours = in_parallel(lambda repository: _owner(ecr, repository) == name, every)
        for repository in (one for one, mine in zip(every, ours, strict=True) if mine):
            called = str(repository["repositoryName"])
            sizes = [
                int(image.get("imageSizeInBytes", 0))
                for page in ecr.get_paginator("describe_images").paginate(repositoryName=called)
                for image in page["imageDetails"]
            ]
            size = sum(sizes) / _GB
            yield Remaining(
                f"the ECR repository {called}, with {count(len(sizes), 'image')} of {size:.2f} GB together",
                f"at most {money(size * _price('ecrGbMonth'), estimated=False)} a month",
                f"aws ecr delete-repository --force --repository-name {called}",
            )
    except (ClientError, BotoCoreError) as error:
        yield Remaining(
            "images of studies in ECR",
            f"{money(_price('ecrGbMonth'), estimated=False)} a GB and month",
            f"They cannot be listed ({_why(error)})",
        )


def _owner(ecr: Any, repository: Mapping[str, Any]) -> str | None:
    tags = ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"]
    return {tag["Key"]: tag["Value"] for tag in tags}.get(DEPLOYMENT_TAG)


def _monthly(price: str, number: int = 1) -> str:
    return f"{money(number * _price(price), estimated=False)} a month"


def _price(name: str) -> float:
    return float(prices.services()["prices"][name]["amount"])


def _why(error: ClientError | BotoCoreError) -> str:
    return code_of(error) if isinstance(error, ClientError) else type(error).__name__
