"""Checks VPC Block Public Access: an account, or its organisation, can block a Region's VPCs from the internet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from hippo_deploy.preflight.findings import Finding, ok, problem
from hippo_deploy.preflight.situation import Situation

SUBJECT: Final = "VPC Block Public Access"
_WHY: Final = (
    "It blocks traffic through internet gateways, whatever routes and security groups allow: neither browsers nor "
    "start_server can connect to a server, so every session fails as NotReady."
)
_IN_FORCE: Final = frozenset({"create-complete", "update-complete"})


def check(situation: Situation) -> Iterator[Finding]:
    """Check that traffic from the internet can enter the servers' subnets.

    "Off" is the default. In both other modes only VPCs and subnets with an "allow-bidirectional" exclusion can be
    reached from the internet (Amazon EC2 API reference, VpcBlockPublicAccessOptions and VpcBlockPublicAccessExclusion).
    """
    ec2 = situation.cloud.client("ec2")
    options = ec2.describe_vpc_block_public_access_options()["VpcBlockPublicAccessOptions"]
    mode = options.get("InternetGatewayBlockMode", "off")
    if mode == "off":
        yield ok(SUBJECT, "off", _WHY)
        return
    found = f"{mode} in {situation.wanted.region}"
    if options.get("ManagedBy") == "declarative-policy":
        found += ", set by a policy of the organisation"
    shut = _not_excluded(ec2, situation)
    if shut:
        yield problem(SUBJECT, f"{found}, without an exclusion for {', '.join(shut)}", _WHY, _fix(situation))
    else:
        yield ok(SUBJECT, f"{found}, and the servers' subnets are excluded", _WHY)


def _not_excluded(ec2: Any, situation: Situation) -> list[str]:
    """Return the subnets without an exclusion, of their own or of their VPC; a description before they are made."""
    if not situation.subnet_ids:
        return ["the VPC that make deploy makes"]
    found = ec2.describe_subnets(SubnetIds=list(situation.subnet_ids))["Subnets"]
    excluded = _exclusions(ec2)
    return [each["SubnetId"] for each in found if not {each["SubnetId"], each["VpcId"]} & excluded]


def _exclusions(ec2: Any) -> set[str]:
    """Return the ids of the VPCs and subnets that can be reached from the internet."""
    ids: set[str] = set()
    more: dict[str, str] = {}
    while True:
        answer = ec2.describe_vpc_block_public_access_exclusions(**more)
        ids |= {
            str(each["ResourceArn"]).rpartition("/")[2]
            for each in answer.get("VpcBlockPublicAccessExclusions", [])
            if each["InternetGatewayExclusionMode"] == "allow-bidirectional" and each["State"] in _IN_FORCE
        }
        if not answer.get("NextToken"):
            return ids
        more = {"NextToken": answer["NextToken"]}


def _fix(situation: Situation) -> str:
    if not situation.subnet_ids:
        return "Set subnet_ids and security_group_ids to those of a VPC with an exclusion, or turn the mode off."
    region, ids = situation.wanted.region, situation.subnet_ids
    command = f"aws ec2 create-vpc-block-public-access-exclusion --region {region}"
    mode = "--internet-gateway-exclusion-mode allow-bidirectional"
    return "\n".join(f"{command} --subnet-id {each} {mode}" for each in ids)
