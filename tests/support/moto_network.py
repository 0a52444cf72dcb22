"""Subnets and security groups of given ids in the moto server of this process, which draws ids itself."""

from __future__ import annotations

from collections.abc import Iterable

from moto.core.base_backend import BackendDict
from moto.ec2.models import EC2Backend, ec2_backends

_RANGE = "10.99.0.0/16"


def has_network(account_id: str, region: str, ids: Iterable[str]) -> None:
    """Give an account a VPC with subnets (subnet-…) and security groups (sg-…) of these ids, unless it has them."""
    backends: BackendDict[EC2Backend] = ec2_backends
    ec2 = backends[account_id][region]
    wanted = [each for each in dict.fromkeys(ids) if not _holds(ec2, each)]
    if not wanted:
        return
    # All of them are in one VPC, whichever test names them first.
    vpc = next((each for each in ec2.vpcs.values() if each.cidr_block == _RANGE), None) or ec2.create_vpc(_RANGE)
    taken = sum(len(held) for held in ec2.subnets.values())
    zone = f"{region}a"
    for number, each in enumerate(wanted, taken):
        if each.startswith("subnet-"):
            subnet = ec2.create_subnet(vpc.id, f"10.99.{number}.0/24", availability_zone=zone)
            held = ec2.subnets[subnet.availability_zone]
            held[each] = held.pop(subnet.id)
            subnet.id = each
        else:
            group = ec2.create_security_group(each, each, vpc_id=vpc.id)
            groups = ec2.groups[vpc.id]
            groups[each] = groups.pop(group.id)
            group.group_id = group.id = each


def _holds(ec2: EC2Backend, wanted: str) -> bool:
    places = ec2.subnets if wanted.startswith("subnet-") else ec2.groups
    return any(wanted in held for held in places.values())
