"""Addresses for alarms: confirmed, unconfirmed, or not subscribed."""

from __future__ import annotations

from dataclasses import replace

from hippo_deploy.preflight import alarm_mail
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import ACCOUNT, REGION, ROOT, Account

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:HIPPO_Gym_alarms"
ONE, OTHER = "a@example.net", "b@example.net"
WANTED = Wanted(REGION, ROOT, max_sessions=None, alarm_emails=frozenset({ONE, OTHER}))


def run_check(account: Account, wanted: Wanted = WANTED, **subscriptions: str) -> list[Finding]:
    account.has_deployment("Z1", "subnet-1", "sg-1")
    account.answers["ListSubscriptionsByTopic"] = lambda parameters: {
        "Subscriptions": [
            {"Endpoint": {"one": ONE, "other": OTHER}[name], "SubscriptionArn": arn, "TopicArn": parameters["TopicArn"]}
            for name, arn in subscriptions.items()
        ]
    }
    return account.find(alarm_mail.check, wanted)


def test_confirmed_addresses_are_ok(account: Account) -> None:
    assert [finding.status for finding in run_check(account, one=f"{TOPIC}:1", other=f"{TOPIC}:2")] == [Status.OK]
    assert account.parameters["ListSubscriptionsByTopic"]["TopicArn"] == TOPIC


def test_an_unconfirmed_address_is_a_warning_that_names_it(account: Account) -> None:
    [finding] = run_check(account, one="PendingConfirmation", other=f"{TOPIC}:2")

    assert (finding.status, finding.found) == (Status.WARNING, f"{ONE} has not confirmed yet")


def test_an_address_without_subscription_is_a_warning_with_the_commands_that_subscribe_it(account: Account) -> None:
    [finding] = run_check(account, one=f"{TOPIC}:1")

    assert (finding.status, finding.found.startswith(OTHER)) == (Status.WARNING, True)
    assert finding.fix.startswith("make plan ENV=prod && make deploy ENV=prod")


def test_a_missing_topic_has_no_subscriptions(account: Account) -> None:
    account.has_deployment("Z1", "subnet-1", "sg-1")

    [finding] = account.find(alarm_mail.check, WANTED)  # moto has no such topic

    assert finding.status is Status.WARNING


def test_addresses_that_terraform_does_not_subscribe_are_not_checked(account: Account) -> None:
    assert account.find(alarm_mail.check, WANTED) == [], "a first deployment"
    assert run_check(account, replace(WANTED, alarm_topic_arn=TOPIC)) == []
