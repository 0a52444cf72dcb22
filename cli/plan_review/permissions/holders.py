"""What a policy belongs to: the role, bucket, topic, queue, key or function that has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from plan_review.changes import Change, Plan

_NAMED_BY: Final = (
    *("bucket", "role", "user", "group", "function_name", "topic_arn", "arn", "queue_url"),
    *("key_id", "secret_arn", "repository", "resource_arn"),
)
"""Settings of a policy's resource that name what it belongs to."""

_NAMES: Final = ("id", "arn", "name", "bucket", "function_name", "url", "key_id")
_HOLDERS: Final = frozenset(
    {
        "aws_ecr_repository",
        "aws_iam_group",
        "aws_iam_role",
        "aws_iam_user",
        "aws_kms_key",
        "aws_lambda_function",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_sns_topic",
        "aws_sqs_queue",
    }
)


def ends_with_its_holder(change: Change, plan: Plan) -> bool:
    """Return whether a policy's resource is destroyed together with what the policy belongs to."""
    if change.action != "delete":
        return False
    return change.type in _HOLDERS or any(holder.action in {"delete", "replace"} for holder in _holders(change, plan))


def renamed(policy: str, change: Change, plan: Plan) -> str:
    """Return a policy as it would be for the new name of a holder that is created again under another name."""
    for holder in _holders(change, plan):
        if holder.action == "replace":
            for key in _NAMES:
                old, new = holder.before.get(key), holder.after.get(key)
                if isinstance(old, str) and isinstance(new, str) and old and new:
                    policy = policy.replace(old, new)
    return policy


def _holders(change: Change, plan: Plan) -> Iterator[Change]:
    wanted = {value for key in _NAMED_BY if isinstance(value := change.before.get(key), str)} - {""}
    for holder in plan.of_types(_HOLDERS):
        if holder.address != change.address and wanted & {holder.before.get(key) for key in _NAMES}:
            yield holder
