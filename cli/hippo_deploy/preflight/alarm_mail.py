"""Checks that the addresses for alarms have confirmed their subscription."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from botocore.exceptions import ClientError

from hippo_deploy.preflight.findings import Finding, ok, warning
from hippo_deploy.preflight.situation import Situation
from hippo_gym.runtime.aws_clients import code_of

SUBJECT: Final = "Alarm mail"
_WHY: Final = "SNS sends alarms only to confirmed addresses: until then no alarm reaches this address."
_PENDING: Final = "PendingConfirmation"


def check(situation: Situation) -> Iterator[Finding]:
    """Check the subscriptions of Terraform's alarm topic.

    An unconfirmed subscription has PendingConfirmation instead of an ARN, and SNS deletes it after 48 hours (Amazon SNS
    developer guide, "Amazon SNS email subscription setup and management").
    """
    wanted = situation.wanted
    if situation.existing is None or wanted.alarm_topic_arn is not None or not wanted.alarm_emails:
        return
    partition = situation.cloud.partition()
    topic = f"arn:{partition}:sns:{wanted.region}:{situation.account_id}:{wanted.name}_alarms"
    pages = situation.cloud.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    try:
        arns = {each["Endpoint"]: each["SubscriptionArn"] for page in pages for each in page["Subscriptions"]}
    except ClientError as error:
        if code_of(error) not in {"NotFound", "NotFoundException"}:
            raise
        arns = {}
    waiting = sorted(each for each in wanted.alarm_emails if arns.get(each) == _PENDING)
    missing = sorted(wanted.alarm_emails - arns.keys())
    deploy = f"make plan ENV={wanted.environment} && make deploy ENV={wanted.environment}"
    if waiting:
        fix = "Open the link in the mail from AWS Notifications within two days; also check the spam folder."
        yield warning(SUBJECT, f"{', '.join(waiting)} has not confirmed yet", _WHY, fix)
    if missing:
        fix = f"{deploy}\nsubscribes it (again); then open the link in the mail from AWS Notifications."
        yield warning(SUBJECT, f"{', '.join(missing)} is not subscribed, or was not confirmed in time", _WHY, fix)
    if not waiting and not missing:
        yield ok(SUBJECT, f"confirmed by {', '.join(sorted(wanted.alarm_emails))}", _WHY)
