"""A page served by https can connect only to servers that have a certificate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hippo_deploy.preflight import server_certificate
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.running import CHECKS
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, Account

PAGE = Wanted(REGION, ROOT, max_sessions=None, website=True)
SECRET = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:certificate-AbCdEf"


def run_check(account: Account, wanted: Wanted) -> list[Finding]:
    return account.find(server_certificate.check, wanted)


def test_a_page_without_a_certificate_for_the_servers_is_a_warning(account: Account) -> None:
    [finding] = run_check(account, PAGE)

    assert finding.status is Status.WARNING
    assert "session_certificate_secret_arn" in finding.found
    assert "docs/domains-and-certificates.md" in finding.fix


def test_a_page_with_a_certificate_for_the_servers_is_ok(account: Account) -> None:
    [finding] = run_check(account, replace(PAGE, session_certificate_secret_arn=SECRET))

    assert finding.status is Status.OK


def test_a_certificate_that_renews_itself_is_ok(account: Account) -> None:
    [finding] = run_check(account, replace(PAGE, certificate_by_acme=True))

    assert (finding.status, "renews it" in finding.found) == (Status.OK, True)


@pytest.mark.parametrize("secret", [None, SECRET])
def test_without_a_page_there_is_no_finding(account: Account, secret: str | None) -> None:
    assert run_check(account, replace(PAGE, website=False, session_certificate_secret_arn=secret)) == []


def test_the_secret_is_not_read(account: Account) -> None:
    account.called.clear()
    run_check(account, replace(PAGE, session_certificate_secret_arn=SECRET))

    assert not {operation for operation in account.called if "Secret" in operation}


def test_preflight_runs_the_check(account: Account) -> None:
    assert server_certificate.check in [check.run for check in CHECKS]
