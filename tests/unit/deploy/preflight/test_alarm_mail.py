"""Addresses that get alarms: confirmed, waiting, or gone."""

from __future__ import annotations

from dataclasses import replace

from hippo_deploy.preflight import alarm_mail
from hippo_deploy.preflight.findings import Finding, Status
from hippo_deploy.preflight.wanted import Wanted
from tests.support.moto_account import ACCOUNT, REGION, ROOT, Account

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:HIPPO_Gym_alarms"
ONE, OTHER = "a@example.net", "b@example.net"
WANTED = Wanted(REGION, ROOT, alarm_emails=frozenset({ONE, OTHER}))


def look(account: Account, wanted: Wanted = WANTED, **subscriptions: str) -> list[Finding]:
    account.has_deployment("Z1", "subnet-1", "sg-1")
    account.answers["ListSubscriptionsByTopic"] = lambda asked: {
        "Subscriptions": [
            {"Endpoint": {"one": ONE, "other": OTHER}[whose], "SubscriptionArn": arn, "TopicArn": asked["TopicArn"]}
            for whose, arn in subscriptions.items()
        ]
    }
    return account.find(alarm_mail.check, wanted)


def test_addresses_that_have_confirmed_are_fine(account: Account) -> None:
    assert [finding.status for finding in look(account, one=f"{TOPIC}:1", other=f"{TOPIC}:2")] == [Status.OK]
    assert account.asked["ListSubscriptionsByTopic"]["TopicArn"] == TOPIC


def test_an_address_that_waits_is_a_warning_that_names_it(account: Account) -> None:
    [finding] = look(account, one="PendingConfirmation", other=f"{TOPIC}:2")

    assert (finding.status, finding.found) == (Status.WARNING, f"{ONE} has not confirmed yet")


def test_an_address_that_let_two_days_pass_is_subscribed_by_the_next_deploy(account: Account) -> None:
    [finding] = look(account, one=f"{TOPIC}:1")

    assert (finding.status, finding.found.startswith(OTHER)) == (Status.WARNING, True)
    assert finding.fix.startswith("make plan ENV=prod && make deploy ENV=prod")


def test_a_topic_that_is_not_made_yet_has_no_subscriptions(account: Account) -> None:
    account.has_deployment("Z1", "subnet-1", "sg-1")

    [finding] = account.find(alarm_mail.check, WANTED)  # moto has no such topic

    assert finding.status is Status.WARNING


def test_what_terraform_does_not_subscribe_is_not_looked_at(account: Account) -> None:
    assert account.find(alarm_mail.check, WANTED) == [], "a first deployment"
    assert look(account, replace(WANTED, alarm_topic_arn=TOPIC)) == []
