"""The way from a browser to a server, and from a server to its image."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hippo_deploy.preflight import network
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.wanted import Wanted
from tests.unit.deploy.preflight.account import REGION, ROOT, Account

ANY = Wanted(REGION, ROOT)


def subnets(account: Account, *ids: str, **more: Any) -> dict[str, Finding]:
    wanted = replace(ANY, subnet_ids=ids, **more)
    return {finding.subject.split(" ")[0]: finding for finding in account.find(network.subnets, wanted)}


def groups(account: Account, *ids: str, **more: Any) -> list[Finding]:
    return account.find(network.security_groups, replace(ANY, security_group_ids=ids, **more))


def test_a_public_subnet_is_fine(account: Account) -> None:
    subnet, _ = account.has_network()

    assert {finding.status for finding in subnets(account, subnet).values()} == {Status.OK}


def test_a_subnet_without_route_is_a_problem(account: Account) -> None:
    subnet, _ = account.has_network(public=False)

    assert subnets(account, subnet)["Route"].found == "no route to the internet"


def test_a_subnet_without_a_table_of_its_own_has_the_vpcs(account: Account) -> None:
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
        ({"NatGatewayId": "nat-1", "State": "active"}, "lets nobody in"),
        ({"GatewayId": "igw-1", "State": "blackhole"}, "that is gone"),
        ({"TransitGatewayId": "tgw-1", "State": "active"}, "tgw-1"),
    ],
)
def test_a_route_that_leads_elsewhere_is_a_problem(account: Account, route: dict[str, str], words: str) -> None:
    subnet, _ = account.has_network()
    table = {"RouteTableId": "rtb-1", "Routes": [{"DestinationCidrBlock": "0.0.0.0/0", **route}]}
    account.answers["DescribeRouteTables"] = lambda _: {"RouteTables": [table]}

    finding = subnets(account, subnet)["Route"]

    assert (finding.status, words in finding.found) == (Status.PROBLEM, True)


def acl(account: Account, *entries: tuple[int, bool, str, str, int, int]) -> None:
    rules = [
        {
            "RuleNumber": number,
            "Egress": egress,
            "RuleAction": action,
            "Protocol": "6",
            "CidrBlock": cidr,
            "PortRange": {"From": first, "To": last},
        }
        for number, egress, action, cidr, first, last in entries
    ]
    account.answers["DescribeNetworkAcls"] = lambda _: {"NetworkAcls": [{"NetworkAclId": "acl-1", "Entries": rules}]}


def test_an_acl_that_lets_everything_through_is_not_mentioned(account: Account) -> None:
    subnet, _ = account.has_network()
    acl(account, (100, False, "allow", "0.0.0.0/0", 1024, 65535), (100, True, "allow", "0.0.0.0/0", 0, 65535))

    assert "Network" not in subnets(account, subnet)


def test_an_acl_that_shuts_the_way_back_is_a_problem(account: Account) -> None:
    subnet, _ = account.has_network()
    acl(account, (100, False, "allow", "0.0.0.0/0", 5000, 5000), (100, True, "allow", "0.0.0.0/0", 443, 443))

    found = subnets(account, subnet)["Network"].found

    assert found == "acl-1 shuts TCP port 32768 in, 60999 in, 1024 out, 65535 out"


def test_an_acl_that_lets_out_does_not_let_in(account: Account) -> None:
    subnet, _ = account.has_network()
    acl(account, (100, True, "allow", "0.0.0.0/0", 0, 65535))

    assert subnets(account, subnet)["Network"].found == "acl-1 shuts TCP port 5000 in, 32768 in, 60999 in"


def test_the_lowest_rule_of_an_acl_decides(account: Account) -> None:
    subnet, _ = account.has_network()
    everything = ((100, False, "allow", "0.0.0.0/0", 0, 65535), (100, True, "allow", "0.0.0.0/0", 0, 65535))
    acl(account, *everything, (50, False, "deny", "0.0.0.0/0", 5000, 5000))
    assert "5000 in" in subnets(account, subnet)["Network"].found

    acl(account, *everything, (150, False, "deny", "0.0.0.0/0", 5000, 5000))
    assert "Network" not in subnets(account, subnet)

    acl(account, *everything, (50, False, "deny", "192.0.2.0/24", 5000, 5000))
    assert "Network" not in subnets(account, subnet), "shutting some out is the team's to decide"


def test_subnets_of_two_vpcs_are_a_problem(account: Account) -> None:
    ec2 = account.client("ec2")
    ids = []
    for cidr in ("10.1.0.0/16", "10.2.0.0/16"):
        vpc = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        ids.append(ec2.create_subnet(VpcId=vpc, CidrBlock=cidr.replace("/16", "/24"))["Subnet"]["SubnetId"])

    assert subnets(account, *ids)["Subnets"].status is Status.PROBLEM


def test_a_subnet_that_there_is_not_is_a_problem(account: Account) -> None:
    assert "subnet-0123456789abcdef0" in subnets(account, "subnet-0123456789abcdef0")["Subnets"].found


def test_free_addresses_bound_the_participants(account: Account) -> None:
    subnet, _ = account.has_network()

    finding = subnets(account, subnet, max_sessions=500)["Free"]

    assert (finding.status, finding.participants) == (Status.PROBLEM, 251)


def test_the_subnets_that_terraform_makes_have_room_for_so_many(account: Account) -> None:
    [finding] = account.find(network.subnets, replace(ANY, vpc_cidr="10.42.0.0/24"))

    assert finding.participants == 2 * (16 - 5)


def test_after_a_deployment_its_own_subnets_are_looked_at(account: Account) -> None:
    subnet, group = account.has_network(public=False)
    account.has_deployment("Z1", subnet, group)

    found = {finding.subject for finding in account.find(network.subnets, ANY)}

    assert f"Route of {subnet}" in found


def test_a_group_has_to_admit_every_session_port(account: Account) -> None:
    _, group = account.has_network(port=5000)

    findings = groups(account, group, session_ports=(5000, 8080))

    assert [finding.status for finding in findings] == [Status.OK, Status.PROBLEM]
    assert f"--group-id {group} --protocol tcp --port 8080" in findings[1].fix


def test_a_group_that_admits_a_campus_only_is_a_warning(account: Account) -> None:
    _, group = account.has_network(port=None)
    account.admit(group, 5000, "192.0.2.0/24")

    [finding] = groups(account, group)

    assert (finding.status, "192.0.2.0/24" in finding.found) == (Status.WARNING, True)


def test_a_group_that_lets_nothing_out_is_a_warning(account: Account) -> None:
    _, group = account.has_network()
    rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    account.client("ec2").revoke_security_group_egress(GroupId=group, IpPermissions=[rule])

    assert [finding.status for finding in groups(account, group)] == [Status.OK, Status.WARNING]


def test_a_group_that_there_is_not_is_a_problem(account: Account) -> None:
    assert "sg-0123456789abcdef0" in groups(account, "sg-0123456789abcdef0")[0].found
