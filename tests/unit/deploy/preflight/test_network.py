"""The network between a browser and a server, and from a server to its image."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from hippo_deploy.preflight import network, public_access, zones
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, Account

ANY = Wanted(REGION, ROOT)


def subnets(account: Account, *ids: str, **more: Any) -> dict[str, Finding]:
    wanted = replace(ANY, subnet_ids=ids, **more)
    return {finding.subject.split(" ")[0]: finding for finding in account.find(network.subnets, wanted)}


def groups(account: Account, *ids: str, **more: Any) -> list[Finding]:
    return account.find(network.security_groups, replace(ANY, security_group_ids=ids, **more))


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


ANYWHERE = "0.0.0.0/0"
ALL_IN = (100, False, "allow", ANYWHERE, None)
ALL_OUT = (100, True, "allow", ANYWHERE, None)


def acl(account: Account, *rules: tuple[int, bool, str, str, tuple[int, int] | None]) -> Finding | None:
    """Check a public subnet with an ACL of these rules; None if the ACL has no finding."""
    subnet, _ = account.has_network()
    account.has_acl(subnet, *rules)
    return subnets(account, subnet).get("Network")


def test_an_acl_that_allows_everything_that_a_game_needs_has_no_finding(account: Account) -> None:
    inward = ((100, False, "allow", ANYWHERE, (5000, 5000)), (110, False, "allow", ANYWHERE, (1024, 65535)))
    outward = ((100, True, "allow", ANYWHERE, (443, 443)), (110, True, "allow", ANYWHERE, (1024, 65535)))

    assert acl(account, *inward, *outward) is None


def test_an_acl_that_blocks_answers_is_a_problem_that_names_notready(account: Account) -> None:
    finding = acl(
        account,
        (100, False, "allow", ANYWHERE, (5000, 5000)),
        (100, True, "allow", ANYWHERE, (443, 443)),
    )

    assert finding is not None
    assert finding.status is Status.PROBLEM
    assert finding.found.endswith("blocks TCP 32768-60999 in, 1024-65535 out")
    assert "NotReady, 15 minutes after" in finding.why
    assert "is stateless" in finding.why
    assert "TCP 5000 and 32768-60999 in from 0.0.0.0/0" in finding.fix
    assert "TCP 443 and 1024-65535 out to 0.0.0.0/0" in finding.fix


def test_an_acl_that_allows_only_the_ports_of_linux_clients_out_is_a_problem(account: Account) -> None:
    outward = ((100, True, "allow", ANYWHERE, (443, 443)), (110, True, "allow", ANYWHERE, (32768, 65535)))

    finding = acl(account, ALL_IN, *outward)

    assert finding is not None
    assert (finding.status, finding.found.endswith("blocks TCP 1024-32767 out")) == (Status.PROBLEM, True)


def test_an_acl_that_allows_only_outgoing_traffic_is_a_problem(account: Account) -> None:
    finding = acl(account, ALL_OUT)

    assert finding is not None
    assert finding.found.endswith("blocks TCP 5000 in, 32768-60999 in")


@pytest.mark.parametrize(("number", "decides"), [(50, True), (150, False)])
def test_the_rule_of_an_acl_with_the_lowest_number_decides(account: Account, number: int, decides: bool) -> None:
    finding = acl(account, ALL_IN, ALL_OUT, (number, False, "deny", ANYWHERE, (5000, 5000)))

    assert (finding is not None) == decides
    if finding is not None:
        assert (finding.status, finding.found.endswith("blocks TCP 5000 in")) == (Status.PROBLEM, True)


def test_an_acl_that_allows_only_a_campus_is_a_problem(account: Account) -> None:
    finding = acl(
        account,
        ALL_OUT,
        (100, False, "allow", "203.0.113.0/24", (5000, 5000)),
        (110, False, "allow", ANYWHERE, (32768, 60999)),
    )

    assert finding is not None
    assert finding.status is Status.PROBLEM
    assert finding.found.endswith("blocks TCP 5000 in from 99 % of the internet")


def test_rules_of_an_acl_that_together_cover_all_addresses_are_enough(account: Account) -> None:
    halves = ((100, False, "allow", "0.0.0.0/1", None), (110, False, "allow", "128.0.0.0/1", None))

    assert acl(account, ALL_OUT, *halves) is None


def test_an_acl_that_blocks_a_few_addresses_is_a_warning_that_names_them(account: Account) -> None:
    finding = acl(account, ALL_IN, ALL_OUT, (50, False, "deny", "198.51.100.0/24", None))

    assert finding is not None
    assert finding.status is Status.WARNING
    assert "5000 in from 198.51.100.0/24" in finding.found


def test_an_acl_that_blocks_private_addresses_has_no_finding(account: Account) -> None:
    private = [(number, False, "deny", cidr, None) for number, cidr in ((50, "10.0.0.0/8"), (60, "192.168.0.0/16"))]

    assert acl(account, ALL_IN, ALL_OUT, *private) is None


def test_an_acl_that_blocks_one_of_the_callers_ports_is_a_warning(account: Account) -> None:
    finding = acl(account, ALL_IN, ALL_OUT, (50, True, "deny", ANYWHERE, (3389, 3389)))

    assert finding is not None
    assert (finding.status, finding.found.endswith("blocks TCP 3389 out")) == (Status.WARNING, True)


def test_ipv6_rules_of_an_acl_do_not_count(account: Account) -> None:
    finding = acl(account, ALL_OUT, (100, False, "allow", "::/0", None), (110, True, "allow", "::/0", None))

    assert finding is not None
    assert (finding.status, "5000 in" in finding.found) == (Status.PROBLEM, True)


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


def test_a_group_has_to_allow_every_session_port(account: Account) -> None:
    _, group = account.has_network(port=5000)

    findings = groups(account, group, session_ports=(5000, 8080))

    assert [finding.status for finding in findings] == [Status.OK, Status.PROBLEM]
    assert f"--group-id {group} --protocol tcp --port 8080" in findings[1].fix


def rule(account: Account, group: str, **source: Any) -> None:
    """Allow a source at port 5000."""
    permission = {"IpProtocol": "tcp", "FromPort": 5000, "ToPort": 5000, **source}
    account.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])


def test_a_group_that_allows_only_a_campus_is_a_problem_that_names_notready(account: Account) -> None:
    _, group = account.has_network(port=None)
    account.admit(group, 5000, "192.0.2.0/24")

    [finding] = groups(account, group)

    assert (finding.status, finding.found) == (Status.PROBLEM, "allow port 5000 from 192.0.2.0/24 only")
    assert "start_server" in finding.why
    assert "NotReady, 15 minutes after it got its place" in finding.why
    assert finding.fix == (
        f"aws ec2 authorize-security-group-ingress --region {REGION} --group-id {group} --protocol tcp --port 5000 "
        "--cidr 0.0.0.0/0"
    )


def test_rules_of_several_groups_add_up(account: Account) -> None:
    _, one = account.has_network(port=None)
    vpc = account.client("ec2").describe_security_groups(GroupIds=[one])["SecurityGroups"][0]["VpcId"]
    made = account.client("ec2").create_security_group(GroupName="more", Description="more", VpcId=vpc)
    account.admit(one, 5000, "0.0.0.0/1")
    account.admit(made["GroupId"], 5000, "128.0.0.0/1")

    assert [finding.status for finding in groups(account, one, made["GroupId"])] == [Status.OK]
    assert [finding.status for finding in groups(account, one)] == [Status.PROBLEM]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, "::/0 (IPv6, which sessions do not use)"),
        ({"PrefixListIds": [{"PrefixListId": "pl-3b927c52"}]}, "prefix list pl-3b927c52"),
        ({"UserIdGroupPairs": [{"GroupId": "itself"}]}, "group sg-"),
    ],
)
def test_sources_that_are_no_ipv4_network_do_not_count(account: Account, source: dict[str, Any], words: str) -> None:
    _, group = account.has_network(port=None)
    if "UserIdGroupPairs" in source:
        source = {"UserIdGroupPairs": [{"GroupId": group}]}
    rule(account, group, **source)

    [finding] = groups(account, group)

    assert (finding.status, words in finding.found) == (Status.PROBLEM, True), finding.found


@pytest.mark.parametrize(
    ("permission", "status"),
    [
        ({"IpProtocol": "-1"}, Status.OK),
        ({"IpProtocol": "tcp", "FromPort": 1024, "ToPort": 65535}, Status.OK),
        ({"IpProtocol": "tcp", "FromPort": 5001, "ToPort": 65535}, Status.PROBLEM),
        ({"IpProtocol": "udp", "FromPort": 5000, "ToPort": 5000}, Status.PROBLEM),
    ],
)
def test_the_protocol_and_the_range_of_ports_count(
    account: Account, permission: dict[str, Any], status: Status
) -> None:
    _, group = account.has_network(port=None)
    rule(account, group, **permission | {"IpRanges": [{"CidrIp": ANYWHERE}]})

    assert [finding.status for finding in groups(account, group)] == [status]


def test_the_group_has_to_allow_the_port_of_an_open_study_too(account: Account) -> None:
    subnet, group = account.has_network(port=5000)
    account.has_deployment("Z1", subnet, group)
    account.has_study("chess", 1, port=8443)
    account.has_study("closed", 1, port=9000, live=False)

    findings = groups(account, group)

    assert [(finding.status, finding.found) for finding in findings] == [
        (Status.OK, "allow port 5000 from anywhere"),
        (Status.PROBLEM, "allow port 8443 (of study chess) from no address"),
    ]


def test_terraform_opens_the_ports_of_the_group_that_it_made(account: Account) -> None:
    subnet, group = account.has_network(port=None)
    account.has_deployment("Z1", subnet, group)
    account.has_study("chess", 1, port=8443)

    wanted, study = account.find(network.security_groups, ANY)

    assert (wanted.status, wanted.fix) == (Status.WARNING, "make plan ENV=prod && make deploy ENV=prod")
    assert (study.status, study.fix.splitlines()[0]) == (Status.PROBLEM, "Set session_ports = [5000, 8443], then")


def test_the_acl_has_to_allow_the_port_of_an_open_study_too(account: Account) -> None:
    subnet, group = account.has_network()
    account.has_deployment("Z1", subnet, group)
    account.has_study("chess", 1, port=8443)
    account.has_acl(subnet, ALL_IN, ALL_OUT, (50, False, "deny", ANYWHERE, (8443, 8443)))

    assert subnets(account, subnet)["Network"].found.endswith("blocks TCP 8443 in")


def test_without_the_list_of_studies_only_session_ports_are_checked(account: Account) -> None:
    subnet, group = account.has_network()
    account.has_deployment("Z1", subnet, group)
    account.refuse("GetObject")

    assert [finding.status for finding in groups(account, group)] == [Status.OK]


def test_a_group_of_another_vpc_is_a_problem(account: Account) -> None:
    subnet, _ = account.has_network()
    other = account.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = account.client("ec2").create_security_group(GroupName="other", Description="other", VpcId=other)
    account.admit(made["GroupId"], 5000, ANYWHERE)

    findings = groups(account, made["GroupId"], subnet_ids=(subnet,))

    assert [finding.status for finding in findings] == [Status.OK, Status.PROBLEM]
    assert f"{made['GroupId']} ({other}) not in the subnets' VPC" in findings[1].found


def test_more_groups_than_ecs_accepts_are_a_problem(account: Account) -> None:
    _, group = account.has_network()
    vpc = account.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["VpcId"]
    more = [
        account.client("ec2").create_security_group(GroupName=f"g{number}", Description="x", VpcId=vpc)["GroupId"]
        for number in range(5)
    ]

    assert groups(account, group, *more)[0].found == "6 are given"
    assert [finding.status for finding in groups(account, group, *more[:4])] == [Status.OK]


def test_a_group_that_blocks_outgoing_traffic_is_a_warning(account: Account) -> None:
    _, group = account.has_network()
    rule = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    account.client("ec2").revoke_security_group_egress(GroupId=group, IpPermissions=[rule])

    assert [finding.status for finding in groups(account, group)] == [Status.OK, Status.WARNING]


def test_a_missing_group_is_a_problem(account: Account) -> None:
    assert "sg-0123456789abcdef0" in groups(account, "sg-0123456789abcdef0")[0].found


# ------------------------------------------------------------------------------------------ VPC Block Public Access


def public(account: Account, *subnet_ids: str) -> Finding:
    [finding] = account.find(public_access.check, replace(ANY, subnet_ids=subnet_ids))
    return finding


def test_without_block_public_access_the_finding_is_ok(account: Account) -> None:
    assert public(account).status is Status.OK


@pytest.mark.parametrize("mode", ["block-ingress", "block-bidirectional"])
def test_an_account_that_blocks_its_vpcs_is_a_problem(account: Account, mode: str) -> None:
    subnet, _ = account.has_network()
    account.public_access(mode, managed_by="declarative-policy")

    made, given = public(account), public(account, subnet)

    assert (made.status, given.status) == (Status.PROBLEM, Status.PROBLEM)
    assert made.found.startswith(
        f"{mode} in {REGION}, set by a policy of the organisation, without an exclusion for the "
    )
    assert f"--subnet-id {subnet} --internet-gateway-exclusion-mode allow-bidirectional" in given.fix


@pytest.mark.parametrize("of", ["subnet", "vpc"])
@pytest.mark.parametrize(("mode", "status"), [("allow-bidirectional", Status.OK), ("allow-egress", Status.PROBLEM)])
def test_an_exclusion_has_to_be_bidirectional(account: Account, of: str, mode: str, status: Status) -> None:
    subnet, _ = account.has_network()
    vpc = account.client("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
    account.public_access("block-ingress", (f"{of}/{subnet if of == 'subnet' else vpc}", mode))

    assert public(account, subnet).status is status
