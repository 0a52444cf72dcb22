"""The security groups of the servers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hippo_deploy.preflight import network
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, Account

ANY = Wanted(REGION, ROOT, max_sessions=None, max_sessions_is_default=False)
ANYWHERE = "0.0.0.0/0"


def groups(account: Account, *ids: str, **more: Any) -> list[Finding]:
    return account.find(network.security_groups, replace(ANY, security_group_ids=ids, **more))


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
