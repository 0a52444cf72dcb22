"""The given KMS key has to encrypt, and its policy has to admit the services."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hippo_deploy.environments import REPOSITORY
from hippo_deploy.preflight import keys
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import ACCOUNT, REGION, ROOT, Account

ANY = Wanted(REGION, ROOT, max_sessions=None, max_sessions_is_default=False)
SERVICES = tuple(
    f"{name}.amazonaws.com" for name in (f"logs.{REGION}", "events", "sns", "cloudwatch", "budgets", "cloudfront")
)


def run_check(account: Account, arn: str | None, wanted: Wanted = ANY) -> list[Finding]:
    return account.find(keys.check, replace(wanted, kms_key_arn=arn))


def test_without_a_key_there_is_no_finding(account: Account) -> None:
    assert run_check(account, None) == []


def test_a_key_that_encrypts_and_admits_every_service_is_ok(account: Account) -> None:
    findings = run_check(account, account.has_key(*SERVICES), replace(ANY, website=True))

    assert [finding.status for finding in findings] == [Status.OK, Status.OK]


def test_a_missing_key_is_a_problem(account: Account) -> None:
    [finding] = run_check(account, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0f3c5d7e-9a1b-2c4d-8e6f-001122334455")

    assert (finding.status, "no such key" in finding.found) == (Status.PROBLEM, True)


def test_a_disabled_key_is_a_problem_with_the_command_that_enables_it(account: Account) -> None:
    arn = account.has_key(*SERVICES)
    account.client("kms").disable_key(KeyId=arn.rpartition("/")[2])

    finding = run_check(account, arn)[0]

    assert (finding.status, finding.found.endswith("disabled")) == (Status.PROBLEM, True)
    assert finding.fix == f"aws kms enable-key --region {REGION} --key-id {arn}"


def test_a_key_pending_deletion_is_a_problem_with_the_commands_that_keep_it(account: Account) -> None:
    arn = account.has_key(*SERVICES)
    account.client("kms").schedule_key_deletion(KeyId=arn.rpartition("/")[2])

    fix = run_check(account, arn)[0].fix.splitlines()

    assert fix[0] == f"aws kms cancel-key-deletion --region {REGION} --key-id {arn}"
    assert fix[1].startswith("aws kms enable-key")


@pytest.mark.parametrize(
    "properties",
    [
        {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"},
        {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
    ],
)
def test_a_key_of_another_kind_is_a_problem(account: Account, properties: dict[str, str]) -> None:
    finding = run_check(account, account.has_key(*SERVICES, **properties))[0]

    assert (finding.status, properties["KeySpec"] in finding.found) == (Status.PROBLEM, True)


@pytest.mark.parametrize("missing", SERVICES)
def test_a_policy_without_a_service_is_a_problem_that_names_it(account: Account, missing: str) -> None:
    arn = account.has_key(*(service for service in SERVICES if service != missing))

    finding = run_check(account, arn, replace(ANY, website=True))[-1]

    assert (finding.status, finding.found.endswith(f" {missing}")) == (Status.PROBLEM, True)
    assert "make plan ENV=prod" in finding.fix


def test_the_key_need_not_admit_alarm_services_if_the_team_gives_the_topic(account: Account) -> None:
    arn = account.has_key(*(service for service in SERVICES if service.startswith(("logs", "events", "sns"))))
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:on_call"

    assert [each.status for each in run_check(account, arn, replace(ANY, alarm_topic_arn=topic))] == [
        Status.OK,
        Status.OK,
    ]


def test_a_policy_without_the_account_admits_no_role(account: Account) -> None:
    arn = account.has_key(*SERVICES)
    policy = account.client("kms").get_key_policy(KeyId=arn, PolicyName="default")["Policy"]
    account.answers["GetKeyPolicy"] = lambda _: {"Policy": policy.replace(f"{ACCOUNT}:root", f"{ACCOUNT}:user/ada")}

    assert f"arn:aws:iam::{ACCOUNT}:root" in run_check(account, arn)[-1].found


def test_a_statement_may_name_several_principals_or_all(account: Account) -> None:
    arn = account.has_key()
    listed = '{"Statement": {"Effect": "Allow", "Principal": {"Service": [%s], "AWS": "*"}}}'
    account.answers["GetKeyPolicy"] = lambda _: {"Policy": listed % ", ".join(f'"{each}"' for each in SERVICES)}
    assert run_check(account, arn)[-1].status is Status.OK
    account.answers["GetKeyPolicy"] = lambda _: {"Policy": '{"Statement": [{"Effect": "Allow", "Principal": "*"}]}'}
    assert run_check(account, arn)[-1].status is Status.OK
    account.answers["GetKeyPolicy"] = lambda _: {"Policy": '{"Statement": [{"Effect": "Deny", "Principal": "*"}]}'}
    assert run_check(account, arn)[-1].status is Status.PROBLEM


def test_the_policy_of_another_accounts_key_is_not_read(account: Account) -> None:
    arn = account.has_key(*SERVICES).replace(ACCOUNT, "210987654321")
    about = {"KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "KeyId": "1"}
    account.answers["DescribeKey"] = lambda _: {"KeyMetadata": about}

    assert [finding.status for finding in run_check(account, arn)] == [Status.OK, Status.WARNING]
    assert "GetKeyPolicy" not in account.called


def test_the_services_are_those_of_the_terraform_module() -> None:
    text = (REPOSITORY / "terraform" / "modules" / "key_policy" / "main.tf").read_text("utf-8")
    named = re.findall(r'service += "(\w+)"', text)
    named += re.findall(r'"(\w+)(?:\.\$\{var\.region\})?\.amazonaws\.com"', text)

    assert set(named) == {service.split(".")[0] for service in SERVICES}
