"""The network that Terraform makes is in zones that have Fargate, whatever zones the account sees."""

from __future__ import annotations

import json

import pytest
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone

from local.places import REPOSITORY
from tests.terraform.planning import Plan, Root

pytestmark = pytest.mark.terraform

TABLE = REPOSITORY / "terraform" / "modules" / "network" / "zones_without_fargate.json"
WITHOUT_FARGATE = frozenset(json.loads(TABLE.read_text())["zone_ids"])

#: Zone ids by the names that an account may see; the zones without Fargate sort first on purpose.
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
    """moto answers with the zones of SEEN; it knows only zones that have Fargate."""
    for region, seen in SEEN.items():
        made = [Zone(region_name=region, name=name, zone_id=zone_id) for name, zone_id in seen.items()]
        monkeypatch.setitem(RegionsAndZonesBackend.zones, region, made)


def zone_ids(plan: Plan, region: str) -> list[str]:
    return [SEEN[region][subnet.values["availability_zone"]] for subnet in plan.of_type("aws_subnet")]


@pytest.mark.parametrize(
    ("region", "expected"),
    [("us-west-1", ["usw1-az3", "usw1-az3"]), ("ap-northeast-1", ["apne1-az4", "apne1-az1"])],
)
def test_subnets_are_made_in_zones_with_fargate(root: Root, zones: None, region: str, expected: list[str]) -> None:
    assert WITHOUT_FARGATE & set(SEEN[region].values())
    assert zone_ids(root.plan(region=region, root_domain="play.example.net"), region) == expected


def test_the_table_holds_zone_ids_and_says_where_they_are_from() -> None:
    table = json.loads(TABLE.read_text())
    assert table["zone_ids"] == sorted(WITHOUT_FARGATE)
    assert {"usw1-az2", "apne1-az3"} <= WITHOUT_FARGATE
    assert "docs.aws.amazon.com/AmazonECS" in table["source"]
