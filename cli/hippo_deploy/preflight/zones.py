"""Checks the availability zones of the servers' subnets: Fargate is not in every zone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from hippo_deploy.environments import REPOSITORY
from hippo_deploy.preflight.findings import Finding, problem

TABLE: Final = REPOSITORY / "terraform" / "modules" / "network" / "zones_without_fargate.json"
"""Ids of the zones that AWS lists as without Fargate, with the page and the month; modules/network reads it, too."""

_WHY: Final = "Fargate starts no task there, but ECS may choose any of the subnets for a server."


def check(subnet: Mapping[str, Any]) -> Iterator[Finding]:
    """Check that Fargate runs in the zone of a subnet, given as DescribeSubnets returns it.

    The zone's id (usw1-az2) counts: its name (us-west-1b) can mean another zone in each account. Ids of Local Zones and
    Wavelength Zones contain a location, as in usw2-lax1-az1 (Amazon EC2 user guide, "Regions and Zones"); a subnet on
    an Outpost has an OutpostArn.
    """
    zone = str(subnet.get("AvailabilityZoneId", ""))
    if zone in without_fargate():
        found = f"it is in zone {zone} ({subnet['AvailabilityZone']}), which has no Fargate"
    elif subnet.get("OutpostArn"):
        found = "it is on an Outpost, which has no Fargate"
    elif zone.count("-") > 1:
        found = f"it is in {zone}, a Local Zone or Wavelength Zone, which has no Fargate"
    else:
        return
    fix = f"In subnet_ids, replace {subnet['SubnetId']} by a subnet of the same VPC in another availability zone."
    yield problem(f"Zone of {subnet['SubnetId']}", found, _WHY, fix)


@lru_cache(maxsize=1)
def without_fargate(table: Path = TABLE) -> frozenset[str]:
    """Return the ids of the availability zones that have no Fargate."""
    return frozenset(json.loads(table.read_text("utf-8"))["zone_ids"])
