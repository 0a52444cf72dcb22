"""The network ACLs of the servers' subnets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hippo_deploy.preflight import network
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, Account

ANY = Wanted(REGION, ROOT, max_sessions=None, max_sessions_is_default=False)


def subnets(account: Account, *ids: str, **more: Any) -> dict[str, Finding]:
    wanted = replace(ANY, subnet_ids=ids, **more)
    return {finding.subject.split(" ")[0]: finding for finding in account.find(network.subnets, wanted)}


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


def test_the_acl_has_to_allow_the_port_of_an_open_study_too(account: Account) -> None:
    subnet, group = account.has_network()
    account.has_deployment("Z1", subnet, group)
    account.has_study("chess", 1, port=8443)
    account.has_acl(subnet, ALL_IN, ALL_OUT, (50, False, "deny", ANYWHERE, (8443, 8443)))

    assert subnets(account, subnet)["Network"].found.endswith("blocks TCP 8443 in")
