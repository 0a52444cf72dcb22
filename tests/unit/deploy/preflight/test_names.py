"""Hosted zones, their delegation, and certificates."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hippo_deploy.preflight import certificates, delegation
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.public_dns import DnsBroken
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import NOW, REGION, ROOT, Account

ANY = Wanted(REGION, ROOT, max_sessions=None, max_sessions_is_default=False)
API = replace(ANY, api_domain=f"api.{ROOT}")
VALIDATION = {"Name": f"_a.api.{ROOT}.", "Type": "CNAME", "Value": "_b.acm-validations.aws."}


def zone(account: Account, zone_id: str | None, **more: Any) -> list[Finding]:
    return account.find(delegation.check, replace(ANY, hosted_zone_id=zone_id, **more))


def statuses(findings: list[Finding]) -> list[Status]:
    return [finding.status for finding in findings]


def test_a_delegated_zone_is_ok(account: Account) -> None:
    assert statuses(zone(account, account.has_zone())) == [Status.OK, Status.OK]


def test_a_zone_of_a_domain_above_is_ok(account: Account) -> None:
    assert statuses(zone(account, account.has_zone("example.net"))) == [Status.OK, Status.OK]


def test_a_zone_without_delegation_is_a_problem_with_the_record_to_add(account: Account) -> None:
    zone_id = account.has_zone(delegated=False)
    servers = account.client("route53").get_hosted_zone(Id=zone_id)["DelegationSet"]["NameServers"]

    finding = zone(account, zone_id)[-1]

    assert finding.status is Status.PROBLEM
    assert finding.fix.startswith("At example.net, set the NS record of play.example.net")
    assert all(server in finding.fix for server in servers)


@pytest.mark.parametrize(
    ("keep", "status"), [(0, Status.PROBLEM), (2, Status.WARNING)], ids=["another zone", "some servers wrong"]
)
def test_other_name_servers_are_a_problem_or_a_warning(account: Account, keep: int, status: Status) -> None:
    zone_id = account.has_zone()
    servers = account.dns.records[ROOT, "NS"]
    assert isinstance(servers, tuple)
    account.dns.records[ROOT, "NS"] = (*servers[:keep], "ns1.elsewhere.example")

    finding = zone(account, zone_id)[-1]

    assert (finding.status, "ns1.elsewhere.example" in finding.found) == (status, True)


def test_a_root_domain_with_its_own_name_servers_in_a_zone_above_is_a_problem(account: Account) -> None:
    zone_id = account.has_zone("example.net")
    account.dns.records[ROOT, "NS"] = ("ns1.elsewhere.example",)

    assert statuses(zone(account, zone_id)) == [Status.OK, Status.PROBLEM]


def test_name_servers_that_do_not_answer_are_a_problem(account: Account) -> None:
    zone_id = account.has_zone()
    account.dns.records[ROOT, "NS"] = DnsBroken("SERVFAIL")

    assert zone(account, zone_id)[-1].status is Status.PROBLEM


def test_without_dns_delegation_is_a_warning_with_a_command_for_another_machine(account: Account) -> None:
    zone_id = account.has_zone()
    account.dns.is_unavailable()

    finding = zone(account, zone_id)[-1]

    assert (finding.status, "dig +short NS play.example.net" in finding.fix) == (Status.WARNING, True)


def test_a_private_zone_is_a_problem(account: Account) -> None:
    assert statuses(zone(account, account.has_zone(private=True))) == [Status.PROBLEM]


def test_a_zone_of_another_domain_is_a_problem(account: Account) -> None:
    assert statuses(zone(account, account.has_zone("y.example.net"))) == [Status.PROBLEM]
    assert statuses(zone(account, account.has_zone("ay.example.net"))) == [Status.PROBLEM]


def test_a_missing_zone_is_a_problem(account: Account) -> None:
    assert statuses(zone(account, "Z0000000000000")) == [Status.PROBLEM]


def test_a_zone_that_terraform_will_make_needs_a_delegation_later(account: Account) -> None:
    account.dns.records["example.net", "NS"] = ("ns1.registrar.example",)

    findings = zone(account, None)

    assert statuses(findings) == [Status.OK, Status.WARNING]
    assert "ns1.registrar.example" in findings[1].found


def test_terraform_delegates_a_new_zone_below_a_zone_of_the_account(account: Account) -> None:
    assert statuses(zone(account, None, parent_zone_id=account.has_zone("example.net"))) == [Status.OK, Status.OK]


@pytest.mark.parametrize("name", ["elsewhere.example", ROOT])
def test_a_parent_zone_has_to_be_above(account: Account, name: str) -> None:
    parent = account.has_zone(name)
    if name == ROOT:
        account.answers["ListHostedZonesByName"] = lambda _: {"HostedZones": []}

    assert statuses(zone(account, None, parent_zone_id=parent))[-1] is Status.PROBLEM


def test_a_second_zone_of_the_same_domain_is_a_warning(account: Account) -> None:
    zone_id = account.has_zone()

    [finding] = zone(account, None)

    assert (finding.status, finding.fix) == (Status.WARNING, f'Set hosted_zone_id = "{zone_id}".')


def test_after_a_deployment_the_zone_that_it_made_is_checked(account: Account) -> None:
    zone_id = account.has_zone(delegated=False)
    account.has_deployment(zone_id, "subnet-1", "sg-1")

    assert statuses(zone(account, None)) == [Status.OK, Status.PROBLEM]


# ------------------------------------------------------------------------------------------------------ certificates


def certificate(account: Account, **described: Any) -> Finding:
    """Make ACM have one certificate for the API's domain, and check it."""
    arn = f"arn:aws:acm:{REGION}:123456789012:certificate/1"
    summary = {"CertificateArn": arn, "DomainName": f"api.{ROOT}"}
    option = {"DomainName": f"api.{ROOT}", "ResourceRecord": VALIDATION}
    whole = {"CertificateArn": arn, "DomainValidationOptions": [option], **described}
    account.answers["ListCertificates"] = lambda _: {"CertificateSummaryList": [summary]}
    account.answers["DescribeCertificate"] = lambda _: {"Certificate": whole}
    [finding] = account.find(certificates.check, API)
    return finding


def test_without_own_domains_no_certificate_is_checked(account: Account) -> None:
    assert account.find(certificates.check, ANY) == []
    assert "ListCertificates" not in account.called


def test_a_certificate_that_terraform_will_request_is_ok(account: Account) -> None:
    assert statuses(account.find(certificates.check, API)) == [Status.OK]


@pytest.mark.parametrize(("days", "status"), [(200, Status.OK), (40, Status.WARNING), (10, Status.PROBLEM)])
def test_a_certificate_that_is_not_renewed_is_reported_before_it_ends(
    account: Account, days: int, status: Status
) -> None:
    finding = certificate(account, Status="ISSUED", NotAfter=NOW + timedelta(days=days))

    assert finding.status is status
    assert (VALIDATION["Name"] in finding.fix) is (status is not Status.OK)


def test_a_certificate_that_waits_for_validation_is_a_problem_with_its_record(account: Account) -> None:
    finding = certificate(account, Status="PENDING_VALIDATION", CreatedAt=NOW)

    assert finding.status is Status.PROBLEM
    assert "its record is not in public DNS" in finding.found
    assert "_a.api.play.example.net. CNAME _b.acm-validations.aws." in finding.fix


def test_a_validation_record_in_public_dns_is_reported(account: Account) -> None:
    account.dns.records[f"_a.api.{ROOT}", "CNAME"] = ("_b.acm-validations.aws",)

    assert "its record is in public DNS" in certificate(account, Status="PENDING_VALIDATION").found


@pytest.mark.parametrize("status", ["FAILED", "VALIDATION_TIMED_OUT", "EXPIRED", "REVOKED"])
def test_an_unusable_certificate_is_a_problem_with_the_command_that_deletes_it(account: Account, status: str) -> None:
    finding = certificate(account, Status=status, FailureReason="CAA_ERROR")

    assert (finding.status, "CAA_ERROR" in finding.found) == (Status.PROBLEM, True)
    assert finding.fix.startswith("aws acm delete-certificate --region ca-central-1")


def test_the_pages_certificate_is_checked_in_cloudfronts_region(account: Account) -> None:
    account.client("acm", "us-east-1").request_certificate(DomainName=f"study.{ROOT}")

    [finding] = account.find(certificates.check, replace(ANY, page_domain=f"study.{ROOT}"))

    assert "none in" not in finding.found


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ({ROOT: ('0 issue "letsencrypt.org"',)}, [Status.OK, Status.PROBLEM]),
        ({ROOT: ('0 issue "letsencrypt.org"', '0 issue "amazon.com"')}, [Status.OK]),
        ({"example.net": ('0 issue ";"',)}, [Status.OK, Status.PROBLEM]),
        ({"example.net": ('0 issue ";"',), ROOT: ('0 issue "amazonaws.com"',)}, [Status.OK]),
        ({ROOT: ('0 iodef "mailto:x@example.net"',)}, [Status.OK]),
    ],
)
def test_a_caa_record_that_forbids_amazon_is_a_problem(
    account: Account, records: dict[str, tuple[str, ...]], found: list[Status]
) -> None:
    for name, values in records.items():
        account.dns.records[name, "CAA"] = values

    assert statuses(account.find(certificates.check, API)) == found
