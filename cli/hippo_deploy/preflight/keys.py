"""Checks the KMS key that is given: that it can encrypt, and that its policy admits the services."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.situation import Situation
from hippo_gym.runtime.aws_clients import code_of

_SUBJECT: Final = "KMS key"
_POLICY: Final = "Policy of the KMS key"
_WHY: Final = "Bucket, topics, queues and logs are encrypted with it: a service that cannot use it loses their data."


def check(situation: Situation) -> Iterator[Finding]:
    """Check the key and its policy; the variable already checks that it is in the Region."""
    arn = situation.wanted.kms_key_arn
    if arn is None:
        return
    try:
        key = situation.cloud.client("kms").describe_key(KeyId=arn)["KeyMetadata"]
    except ClientError as error:
        if code_of(error) != "NotFoundException":
            raise
        fix = f"Correct kms_key_arn; aws kms list-keys --region {situation.wanted.region} shows the account's keys."
        yield problem(_SUBJECT, f"there is no such key: {arn}", _WHY, fix)
        return
    yield _usable(key, arn, situation.wanted.region)
    yield _policy(situation, arn)


def _usable(key: Mapping[str, Any], arn: str, region: str) -> Finding:
    """Check that the key is symmetric and enabled.

    "CloudWatch Logs supports only symmetric KMS keys" (Amazon CloudWatch Logs API reference, AssociateKmsKey).
    """
    kind, state = (key["KeySpec"], key["KeyUsage"]), str(key["KeyState"])
    if kind != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
        fix = "Set kms_key_arn to a symmetric key: aws kms create-key makes one by default."
        return problem(_SUBJECT, f"its key spec is {kind[0]}, its usage {kind[1]}", _WHY, fix)
    if state == "Enabled":
        return ok(_SUBJECT, f"{arn} is enabled", _WHY)
    enable = f"aws kms enable-key --region {region} --key-id {arn}"
    keep = f"aws kms cancel-key-deletion --region {region} --key-id {arn}"
    fixes = {"Disabled": enable, "PendingDeletion": f"{keep}\n{enable}"}
    words = re.sub(r"\B(?=[A-Z])", " ", state).lower()
    return problem(_SUBJECT, f"{arn} is {words}", _WHY, fixes.get(state, "Enable it, or set kms_key_arn to another."))


def _policy(situation: Situation, arn: str) -> Finding:
    """Check that the key's policy names every principal that needs it; their exact permissions are not checked.

    KMS shows the policy of a key only to the key's account (AWS KMS API reference, GetKeyPolicy).
    """
    fix = (
        f"Run make plan ENV={situation.wanted.environment}, and add the statements of the output kms_key_policy to "
        "the key's policy (docs/settings.md)."
    )
    owner = arn.split(":")[4]
    if owner != situation.account_id:
        owned = f"not checked: the key belongs to account {owner}"
        return warning(_POLICY, owned, _WHY, f"For the key's owner: {fix}")
    policy = json.loads(situation.cloud.client("kms").get_key_policy(KeyId=arn, PolicyName="default")["Policy"])
    admitted = _admitted(policy)
    missing = [principal for principal in _needed(situation, arn) if not admitted & {principal, "*"}]
    if missing:
        return problem(_POLICY, f"it does not admit {', '.join(missing)}", _WHY, fix)
    return ok(_POLICY, "it names every principal that needs the key", _WHY)


def _needed(situation: Situation, arn: str) -> list[str]:
    """Return the principals that terraform/modules/key_policy has statements for."""
    wanted = situation.wanted
    services = [f"logs.{wanted.region}", "events", "sns"]
    services += ["cloudwatch", "budgets"] if wanted.alarm_topic_arn is None else []
    services += ["cloudfront"] if wanted.website else []
    account = f"arn:{arn.split(':')[1]}:iam::{situation.account_id}:root"
    return [account, *(f"{service}.amazonaws.com" for service in services)]


def _admitted(policy: Mapping[str, Any]) -> set[str]:
    """Return the principals of a policy's Allow statements."""
    statements = _listed(policy["Statement"])
    principals = [each.get("Principal", {}) for each in statements if each["Effect"] == "Allow"]
    named = [{"AWS": principal} if isinstance(principal, str) else principal for principal in principals]
    return {name for each in named for names in each.values() for name in _listed(names)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
