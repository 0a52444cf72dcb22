"""Checks the account's quotas, each with the number of participants that it allows at the same time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from hippo_deploy.preflight.cloud import Cloud
from hippo_deploy.preflight.existing import Load, loads
from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.situation import Situation
from hippo_deploy.preflight.wanted import PER_SESSION
from hippo_gym.runtime.aws_clients import code_of

_RECORDS_A_SESSION: Final = 2  # A and TXT (hippo_gym.sessions.resources.dns)
_OTHER_FUNCTIONS: Final = 6  # beside start_server
_MAX_XRAY_POLICIES: Final = 5  # in an account and Region (AWS X-Ray API reference, PutResourcePolicy)
_UNRESERVED: Final = 100  # AWS Lambda developer guide, "Configuring reserved concurrency"
_FLOOR: Final = 100  # executions of next_step that are enough for a class of some hundreds
RESERVED: Final = "Reserved concurrency"
FARGATE: Final = "Fargate vCPU"
_CLASS: Final = 100
"""From this max_sessions on, a whole class is likely to start within minutes."""


@dataclass(frozen=True)
class Quota:
    """A quota in Service Quotas.

    Attributes:
        service, code: its identifiers.
        name: AWS's name for it.
    """

    service: str
    code: str
    name: str

    def value(self, cloud: Cloud) -> float:
        """Return the value for this account and Region.

        "For some quotas, only the default values are available" (Service Quotas API reference, GetServiceQuota).
        """
        client, named = cloud.client("service-quotas"), {"ServiceCode": self.service, "QuotaCode": self.code}
        try:
            answer = client.get_service_quota(**named)
        except ClientError as error:
            if code_of(error) != "NoSuchResourceException":
                raise
            answer = client.get_aws_default_service_quota(**named)
        return float(answer["Quota"]["Value"])

    def increase(self, to: float, region: str) -> str:
        """Return the command that requests an increase from AWS."""
        return (
            f"aws service-quotas request-service-quota-increase --region {region} --service-code {self.service} "
            f"--quota-code {self.code} --desired-value {math.ceil(to)}"
        )


ON_DEMAND: Final = Quota("fargate", "L-3032A538", "Fargate On-Demand vCPU resource count")
SPOT: Final = Quota("fargate", "L-36FBB829", "Fargate Spot vCPU resource count")
CLUSTERS: Final = Quota("ecs", "L-21C621EB", "Clusters per account")
INTERFACES: Final = Quota("vpc", "L-DF5E4CA3", "Network interfaces per Region")
VPCS: Final = Quota("vpc", "L-F678F1CE", "VPCs per Region")
CONCURRENCY: Final = Quota("lambda", "L-B99A9384", "Concurrent executions")


def capacity(subject: str, found: str, why: str, participants: int, most: int | None, fix: str) -> Finding:
    """Make the finding of a limit: a problem if it is below `max_sessions`, or allows no participant.

    Args:
        subject: the limit's name.
        found: the limit and what it allows, as a clause.
        why: what happens to participants beyond the limit.
        participants: how many participants at the same time the limit allows.
        most: `max_sessions`; None if it is not set.
        fix: what to do about a limit that is too low.
    """
    if participants < (most or 1):
        if most is not None:
            found += f"; max_sessions is {most}"
        return problem(subject, found, why, fix, participants)
    return ok(subject, found, why, participants)


def fargate(situation: Situation) -> Iterator[Finding]:
    """Check how many servers Fargate's quotas allow, for the open study with the largest servers."""
    spot, on_demand = SPOT.value(situation.cloud), ON_DEMAND.value(situation.cloud)
    load = min(loads(situation.cloud, situation.existing), key=lambda each: _servers(each, spot, on_demand))
    participants = _servers(load, spot, on_demand)
    most, region = situation.wanted.needed_sessions, situation.wanted.region
    sources = [
        f"{name} {vcpu:g} vCPU"
        for name, vcpu, used in (("Spot", spot, load.spot), ("on-demand", on_demand, load.on_demand))
        if used
    ]
    needed = (most or 1) * load.vcpu
    raises = [
        quota.increase(needed, region) for quota, used in ((SPOT, load.spot), (ON_DEMAND, load.on_demand)) if used
    ]
    yield capacity(
        FARGATE,
        f"{' and '.join(sources)}: {participants} servers of {load.vcpu:g} vCPU ({load.study})",
        "Fargate refuses a server beyond the quota, and its participant reads that it failed. Other Fargate tasks in "
        "the account share these quotas.",
        participants,
        most,
        "\n".join([*raises, f"Or set max_sessions = {max(participants, 1)}: further participants then wait in line."]),
    )


def _servers(load: Load, spot: float, on_demand: float) -> int:
    """Return how many servers of a study can run at the same time: start_server uses on-demand when Spot is full."""
    kinds = ((load.spot, spot), (load.on_demand, on_demand))
    return sum(math.floor(vcpu / load.vcpu) for used, vcpu in kinds if used)


def concurrency(situation: Situation) -> Iterator[Finding]:
    """Check Lambda's concurrency: each server that is starting holds one execution until it is ready."""
    limits = situation.cloud.client("lambda").get_account_settings()["AccountLimit"]
    free = int(limits["UnreservedConcurrentExecutions"])
    most = situation.wanted.needed_sessions
    yield capacity(
        "Lambda concurrency",
        f"{free} unreserved executions",
        "Each server that starts holds one execution of start_server until it is ready; when all are in use, no "
        "participant gets a page either. This number keeps one execution for each of the other functions.",
        max(0, free - _OTHER_FUNCTIONS),
        most,
        CONCURRENCY.increase(max((most or 1) + _OTHER_FUNCTIONS, 1000), situation.wanted.region),
    )
    yield _reservation(situation, int(limits["ConcurrentExecutions"]))


def _reservation(situation: Situation, total: int) -> Finding:
    """Judge reserved_concurrency, or say what the account has room for.

    Args:
        situation: names the deployment's settings.
        total: concurrent executions of the account in the Region.
    """
    wanted = situation.wanted
    reserved = (wanted.reserved_start_server or 0) + (wanted.reserved_next_step or 0)
    why = (
        "With a reservation starts cannot use up the executions that participants' pages need, and pages are served "
        f"whatever else runs in the account. Lambda keeps {_UNRESERVED} executions unreserved."
    )
    room = total - _UNRESERVED
    if reserved and reserved > room:
        return problem(
            RESERVED,
            f"reserved_concurrency asks for {reserved} of {total} executions",
            f"{why} Lambda refuses the function otherwise, and make deploy fails part-way.",
            f"{CONCURRENCY.increase(max(reserved + _UNRESERVED, 1000), wanted.region)}\n"
            "Or remove reserved_concurrency.",
        )
    if reserved:
        return ok(RESERVED, f"{reserved} of {total} executions", why)
    start_server, next_step = (wanted.max_sessions or _CLASS) + _OTHER_FUNCTIONS, _FLOOR
    if room < start_server + next_step:
        return ok(RESERVED, f"none; the account's {total} executions leave no room for it", why)
    advice = f"reserved_concurrency = {{ start_server = {start_server}, next_step = {next_step} }}"
    return ok(RESERVED, f"none; the account's {total} executions have room for {advice}", why)


def clusters(situation: Situation) -> Iterator[Finding]:
    """Check how many ECS clusters can be created, if each session has its own."""
    wanted = situation.wanted
    if wanted.cluster_mode != PER_SESSION:
        return
    limit = CLUSTERS.value(situation.cloud)
    pages = situation.cloud.client("ecs").get_paginator("list_clusters").paginate()
    used = sum(len(page["clusterArns"]) for page in pages)
    yield capacity(
        "ECS clusters",
        f"{used} of {limit:g} exist",
        'With cluster_mode = "per-session" each participant\'s server has its own cluster.',
        max(0, int(limit) - used),
        wanted.needed_sessions,
        f'{CLUSTERS.increase(used + (wanted.needed_sessions or 1), wanted.region)}\nOr set cluster_mode = "shared".',
    )
    if (wanted.max_sessions or 0) >= _CLASS:
        yield warning(
            "ECS cluster calls",
            f'max_sessions is {wanted.max_sessions}, and cluster_mode is "per-session"',
            "ECS allows an account one cluster call a second: about one session every two seconds when a class starts.",
            'Set cluster_mode = "shared" if that many participants can start within a few minutes.',
        )


def records(situation: Situation) -> Iterator[Finding]:
    """Check how many more records the hosted zone can hold."""
    zone = situation.hosted_zone_id
    if zone is None:
        return
    answer = situation.cloud.client("route53").get_hosted_zone_limit(Type="MAX_RRSETS_BY_ZONE", HostedZoneId=zone)
    limit, used = int(answer["Limit"]["Value"]), int(answer["Count"])
    yield capacity(
        "Route 53 records",
        f"{used} of {limit} in zone {zone}",
        "Each participant's server has two records: its address, and the session that owns the name.",
        max(0, limit - used) // _RECORDS_A_SESSION,
        situation.wanted.needed_sessions,
        "Remove records from the zone, use a separate zone for the sessions, or ask AWS Support to raise the limit.",
    )


def interfaces(situation: Situation) -> Iterator[Finding]:
    """Check how many more network interfaces the account can have in the Region."""
    limit = INTERFACES.value(situation.cloud)
    pages = situation.cloud.client("ec2").get_paginator("describe_network_interfaces").paginate()
    used = sum(len(page["NetworkInterfaces"]) for page in pages)
    most = situation.wanted.needed_sessions
    yield capacity(
        "Network interfaces",
        f"{used} of {limit:g} exist",
        "Each participant's server has its own network interface.",
        max(0, int(limit) - used),
        most,
        INTERFACES.increase(used + (most or 1), situation.wanted.region),
    )


def vpcs(situation: Situation) -> Iterator[Finding]:
    """Check that the account can have the VPC that Terraform would make."""
    if not situation.wanted.makes_network or situation.existing is not None:
        return
    limit = VPCS.value(situation.cloud)
    pages = situation.cloud.client("ec2").get_paginator("describe_vpcs").paginate()
    used = sum(len(page["Vpcs"]) for page in pages)
    subject, found = "VPCs", f"{used} of {limit:g} exist"
    why = "subnet_ids is not set, so Terraform makes a VPC for the servers."
    if used < limit:
        yield ok(subject, found, why)
    else:
        fix = f"{VPCS.increase(used + 1, situation.wanted.region)}\nOr set subnet_ids and security_group_ids."
        yield problem(subject, found, why, fix)


def xray_policies(situation: Situation) -> Iterator[Finding]:
    """Check that X-Ray has room for the resource policy that Terraform would make."""
    wanted = situation.wanted
    if not (wanted.tracing and wanted.xray_resource_policy):
        return
    pages = situation.cloud.client("xray").get_paginator("list_resource_policies").paginate()
    names = {policy["PolicyName"] for page in pages for policy in page["ResourcePolicies"]}
    subject, found = "X-Ray policies", f"{len(names)} of {_MAX_XRAY_POLICIES} exist"
    why = "The session topics need a policy to send traces: without room for it, make deploy fails part-way."
    if f"{wanted.name}_topics" in names or len(names) < _MAX_XRAY_POLICIES:
        yield ok(subject, found, why)
    else:
        fix = "Set xray_resource_policy = false (traces then lack the time that a message spends in its topic)."
        yield problem(subject, found, why, fix)
