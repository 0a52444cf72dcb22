"""The subnets of the servers: their zones, their routes and their free addresses."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from hippo_deploy.preflight import network, zones
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, Account

ANY = Wanted(REGION, ROOT, max_sessions=None, max_sessions_is_default=False)


def subnets(account: Account, *ids: str, **more: Any) -> dict[str, Finding]:
    wanted = replace(ANY, subnet_ids=ids, **more)
    return {finding.subject.split(" ")[0]: finding for finding in account.find(network.subnets, wanted)}


def test_a_public_subnet_is_ok(account: Account) -> None:
    subnet, _ = account.has_network()

    assert {finding.status for finding in subnets(account, subnet).values()} == {Status.OK}


def test_a_subnet_without_route_is_a_problem(account: Account) -> None:
    subnet, _ = account.has_network(public=False)

    assert subnets(account, subnet)["Route"].found == "no route to the internet"


def test_a_subnet_without_its_own_route_table_has_the_vpcs(account: Account) -> None:
    subnet, _ = account.has_network(public=False)
    ec2 = account.client("ec2")
    vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    main = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"][0]["RouteTableId"]
    ec2.create_route(RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)

    assert subnets(account, subnet)["Route"].status is Status.OK


@pytest.mark.parametrize(
    ("route", "words"),
    [
        ({"NatGatewayId": "nat-1", "State": "active"}, "allows no connection in"),
        ({"GatewayId": "igw-1", "State": "blackhole"}, "does not exist any more"),
        ({"TransitGatewayId": "tgw-1", "State": "active"}, "tgw-1"),
    ],
)
def test_a_route_that_leads_elsewhere_is_a_problem(account: Account, route: dict[str, str], words: str) -> None:
    subnet, _ = account.has_network()
    table = {"RouteTableId": "rtb-1", "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", **route}]}
    account.answers["DescribeRouteTables"] = lambda _: {"RouteTables": [table]}

    finding = subnets(account, subnet)["Route"]

    assert (finding.status, words in finding.found) == (Status.PROBLEM, True)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"AvailabilityZoneId": "usw1-az2"}, "it is in zone usw1-az2 (us-west-1b), which has no Fargate"),
        ({"AvailabilityZoneId": "apne1-az3"}, "apne1-az3"),
        ({"AvailabilityZoneId": "usw2-lax1-az1"}, "a Local Zone or Wavelength Zone"),
        ({"AvailabilityZoneId": "use1-az1", "OutpostArn": "arn:aws:outposts:::outpost/op-1"}, "an Outpost"),
        ({"AvailabilityZoneId": "usw1-az1"}, None),
    ],
)
def test_a_subnet_in_a_zone_without_fargate_is_a_problem(
    account: Account, place: dict[str, str], words: str | None
) -> None:
    subnet, _ = account.has_network()
    [described] = account.client("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"]
    account.answers["DescribeSubnets"] = lambda _: {
        "Subnets": [described | {"AvailabilityZone": "us-west-1b"} | place],
    }

    finding = subnets(account, subnet).get("Zone")

    assert (finding is None) == (words is None)
    if finding is not None:
        assert (finding.status, (words or "") in finding.found) == (Status.PROBLEM, True)
        assert finding.subject == f"Zone of {subnet}"
        assert f"In subnet_ids, replace {subnet}" in finding.fix


def test_the_table_of_zones_holds_ids_and_their_source() -> None:
    table = json.loads(zones.TABLE.read_text("utf-8"))

    assert zones.without_fargate() >= {"usw1-az2", "apne1-az3"}
    assert all(re.fullmatch(r"[a-z]+[0-9]-az[0-9]", zone) for zone in zones.without_fargate())
    assert table["source"].startswith("https://docs.aws.amazon.com/AmazonECS/")


def test_more_subnets_than_ecs_accepts_are_a_problem(account: Account) -> None:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ids = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{number}.0/24")["Subnet"]["SubnetId"] for number in range(17)]

    assert subnets(account, *ids)["Subnets"].found == "17 are given"
    assert "Subnets" not in subnets(account, *ids[:16])


def test_subnets_of_two_vpcs_are_a_problem(account: Account) -> None:
    ec2 = account.client("ec2")
    ids = []
    for cidr in ("10.1.0.0/16", "10.2.0.0/16"):
        vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        ids.append(ec2.create_subnet(VpcId=vpc, CidrBlock=cidr.replace("/16", "/24"))["Subnet"]["SubnetId"])

    assert subnets(account, *ids)["Subnets"].status is Status.PROBLEM


def test_a_missing_subnet_is_a_problem(account: Account) -> None:
    assert "subnet-0123456789abcdef0" in subnets(account, "subnet-0123456789abcdef0")["Subnets"].found


def test_free_addresses_limit_the_participants(account: Account) -> None:
    subnet, _ = account.has_network()

    finding = subnets(account, subnet, max_sessions=500)["Free"]

    assert (finding.status, finding.participants) == (Status.PROBLEM, 251)


def test_the_subnets_that_terraform_will_make_limit_the_participants(account: Account) -> None:
    [finding] = account.find(network.subnets, replace(ANY, vpc_cidr="10.42.0.0/24"))

    assert finding.participants == 2 * (16 - 5)


def test_after_a_deployment_its_own_subnets_are_checked(account: Account) -> None:
    subnet, group = account.has_network(public=False)
    account.has_deployment("Z1", subnet, group)

    found = {finding.subject for finding in account.find(network.subnets, ANY)}

    assert f"Route of {subnet}" in found
