"""The network that Terraform creates is in zones with Fargate, whichever zones the account has."""

from __future__ import annotations

import json

import pytest
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone

from local.places import REPOSITORY
from tests.terraform.planning import Plan, Root

pytestmark = pytest.mark.terraform

TABLE = REPOSITORY / "terraform" / "modules" / "network" / "zones_without_fargate.json"
WITHOUT_FARGATE = frozenset(json.loads(TABLE.read_text())["zone_ids"])

#: Zone ids by an account's zone names; the zones without Fargate deliberately sort first.
SEEN = {
    "us-west-1": {"us-west-1a": "usw1-az2", "us-west-1c": "usw1-az3"},
    "ap-northeast-1": {
        "ap-northeast-1a": "apne1-az3",
        "ap-northeast-1b": "apne1-az4",
        "ap-northeast-1c": "apne1-az1",
        "ap-northeast-1d": "apne1-az2",
    },
}


@pytest.fixture
def zones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make moto return the zones of SEEN; by itself it has only zones with Fargate."""
    for region, seen in SEEN.items():
        made = [Zone(region_name=region, name=name, zone_id=zone_id) for name, zone_id in seen.items()]
        monkeypatch.setitem(RegionsAndZonesBackend.zones, region, made)


def zone_ids(plan: Plan, region: str) -> list[str]:
    return [SEEN[region][subnet.values["availability_zone"]] for subnet in plan.of_type("aws_subnet")]


@pytest.mark.parametrize(
    ("region", "expected"),
    [("us-west-1", ["usw1-az3", "usw1-az3"]), ("ap-northeast-1", ["apne1-az4", "apne1-az1"])],
)
def test_subnets_are_created_in_zones_with_fargate(root: Root, zones: None, region: str, expected: list[str]) -> None:
    assert WITHOUT_FARGATE & set(SEEN[region].values())
    assert zone_ids(root.plan(region=region, root_domain="play.example.net"), region) == expected


def test_the_table_has_zone_ids_and_names_its_source() -> None:
    table = json.loads(TABLE.read_text())
    assert table["zone_ids"] == sorted(WITHOUT_FARGATE)
    assert {"usw1-az2", "apne1-az3"} <= WITHOUT_FARGATE
    assert "docs.aws.amazon.com/AmazonECS" in table["source"]
