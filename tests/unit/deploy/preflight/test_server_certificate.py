"""A page that comes by https can connect to servers that have a certificate, and to no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hippo_deploy.preflight import server_certificate
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.running import CHECKS
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import REGION, ROOT, Account

PAGE = Wanted(REGION, ROOT, website=True)
SECRET = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:certificate-AbCdEf"


def look(account: Account, wanted: Wanted) -> list[Finding]:
    return account.find(server_certificate.check, wanted)


def test_a_page_without_a_certificate_for_the_servers_is_warned_of(account: Account) -> None:
    [finding] = look(account, PAGE)

    assert finding.status is Status.WARNING
    assert "session_certificate_secret_arn" in finding.found
    assert "docs/deploy.md" in finding.fix


def test_a_page_with_one_is_fine(account: Account) -> None:
    [finding] = look(account, replace(PAGE, session_certificate_secret_arn=SECRET))

    assert finding.status is Status.OK


@pytest.mark.parametrize("secret", [None, SECRET])
def test_without_a_page_there_is_nothing_to_say(account: Account, secret: str | None) -> None:
    assert look(account, replace(PAGE, website=False, session_certificate_secret_arn=secret)) == []


def test_the_secret_is_not_looked_into(account: Account) -> None:
    account.called.clear()
    look(account, replace(PAGE, session_certificate_secret_arn=SECRET))

    assert not {operation for operation in account.called if "Secret" in operation}


def test_preflight_looks(account: Account) -> None:
    assert server_certificate.check in [check.look for check in CHECKS]
