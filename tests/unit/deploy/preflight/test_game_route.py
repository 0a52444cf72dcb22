"""How pages reach games: the port that networks have to let through, and CloudFront in given groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import boto3
import pytest

from hippo_deploy.preflight import game_route, server_certificate
from hippo_deploy.preflight.findings import Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, Account

DIRECT = Wanted(REGION, ROOT, max_sessions=None, website=True)
EDGE = replace(DIRECT, game_routes=frozenset({"edge"}), security_group_ids=("sg-1",))


def test_a_port_that_schools_block_is_named(account: Account) -> None:
    [finding] = account.find(game_route.check, DIRECT)
    assert (finding.status, "port 5000" in finding.found) == (Status.OK, True)
    [finding] = account.find(game_route.check, replace(DIRECT, session_ports=(443, 5000)))
    assert "pass most firewalls" in finding.found


def test_the_edge_needs_no_certificate_in_containers(account: Account) -> None:
    [finding] = account.find(server_certificate.check, EDGE)
    assert (finding.status, "none needed" in finding.found) == (Status.OK, True)


def test_both_routes_are_named_while_one_replaces_the_other(account: Account) -> None:
    both = replace(DIRECT, game_routes=frozenset({"edge", "direct"}))
    assert len(account.find(game_route.check, both)) == 2
    [finding] = account.find(server_certificate.check, both)
    assert finding.status is Status.WARNING, "direct sessions still need one"


@pytest.mark.parametrize(
    ("permission", "status"),
    [
        ({"FromPort": 5000, "ToPort": 5000}, Status.OK),
        ({"FromPort": 443, "ToPort": 443}, Status.PROBLEM),
        (None, Status.PROBLEM),
    ],
)
def test_given_groups_must_admit_cloudfront(account: Account, permission: Any, status: Status) -> None:
    ec2 = boto3.client("ec2", region_name=REGION)
    names: Any = [{"Name": "prefix-list-name", "Values": [game_route.PREFIX_LIST]}]
    (found,) = ec2.describe_managed_prefix_lists(Filters=names)["PrefixLists"]
    inward = (
        []
        if permission is None
        else [permission | {"IpProtocol": "tcp", "PrefixListIds": [{"PrefixListId": found["PrefixListId"]}]}]
    )
    [finding] = account.find(lambda situation: game_route.given_groups(situation, inward), EDGE)
    assert finding.status is status
    if status is Status.PROBLEM:
        assert found["PrefixListId"] in finding.fix
