"""VPC Block Public Access."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hippo_deploy.preflight import public_access
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, Account

ANY = Wanted(REGION, ROOT, max_sessions=None, max_sessions_is_default=False)


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
