"""Protection that a plan takes away: settings that keep data from deletion, from readers, or from loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from plan_review.changes import Change, Plan
from plan_review.markdown import joined
from plan_review.points import UNPROTECTED, Point, about

_PROTECTS: Final = frozenset(
    {
        "actions_enabled",
        "block_public_acls",
        "block_public_policy",
        "deletion_protection",
        "deletion_protection_enabled",
        "disable_api_stop",
        "disable_api_termination",
        "disable_execute_api_endpoint",
        "drop_invalid_header_fields",
        "enable_deletion_protection",
        "enable_key_rotation",
        "enable_log_file_validation",
        "enable_logging",
        "encrypted",
        "encryption_enabled",
        "iam_database_authentication_enabled",
        "ignore_public_acls",
        "is_enabled",
        "multi_az",
        "object_lock_enabled",
        "point_in_time_recovery",
        "prevent_destroy",
        "restrict_public_buckets",
        "scan_on_push",
        "server_side_encryption",
        "sqs_managed_sse_enabled",
        "storage_encrypted",
        "transit_encryption_enabled",
    }
)
"""Switches that protect while they are on."""

_EXPOSES: Final = frozenset({"allow_overwrite", "force_delete", "force_destroy", "skip_final_snapshot"})
"""Switches that protect while they are off."""

_GIVEN: Final = frozenset(
    {
        "access_log_settings",
        "alarm_actions",
        "code_signing_config_arn",
        "content_security_policy",
        "dead_letter_config",
        "kms_key_arn",
        "kms_key_id",
        "kms_master_key_id",
        "logging_config",
        "redrive_policy",
        "web_acl_arn",
        "web_acl_id",
    }
)
"""Settings that protect, or report, while they have a value."""

_AT_LEAST: Final = frozenset(
    {"backup_retention_period", "deletion_window_in_days", "message_retention_seconds", "recovery_window_in_days"}
)
"""Numbers that protect the more, the greater they are."""

_STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "deletion_protection": ("ACTIVE",),
    "http_tokens": ("required",),
    "image_tag_mutability": ("IMMUTABLE",),
    "minimum_protocol_version": ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"),
    "object_ownership": ("BucketOwnerEnforced",),
    "security_policy": ("TLS_1_2",),
    "state": ("ENABLED",),
    "viewer_protocol_policy": ("redirect-to-https", "https-only"),
}
"""Settings → their values that protect."""

_ORIGINS: Final = frozenset({"allow_origins", "allowed_origins", "access_control_allow_origins"})
"""Lists of the web pages that browsers let call an API."""

_MAX_SHOWN: Final = 100  # characters of a value

_ELSEWHERE: Final = frozenset({"aws_s3_bucket_public_access_block"})
"""Types whose protection another part of the page names."""

_SEEN_AS_DATA: Final = frozenset(
    {("aws_s3_bucket", "force_destroy"), ("aws_route53_zone", "force_destroy"), ("aws_kms_key", "is_enabled")}
)
"""Settings that plan_review.data judges."""

RECORD: Final = "protected_resources"
"""Output with the resource blocks that have `prevent_destroy`. A plan's JSON does not hold that setting (terraform
1.11), so the root reads it from its sources, and the state keeps what the last apply read."""


def removed(plan: Plan) -> list[Point]:
    """Return the protection that resources lose which stay, or are created again."""
    found = [point for change in plan.resources for point in _of(change)]
    return found + list(_undeclared(plan))


def _of(change: Change) -> Iterator[Point]:
    if not (change.existed and change.remains) or change.type in _ELSEWHERE:
        return
    lost = [
        f"`{setting}` was {_shown(was)} and is {_shown(now)}"
        for setting, was, now in _pairs(change.before, change.after, change.unknown)
        if (change.type, setting) not in _SEEN_AS_DATA and _is_less(setting, was, now)
    ]
    if lost:
        yield about(change, UNPROTECTED, joined(lost))


def _is_less(setting: str, was: Any, now: Any) -> bool:
    if setting in _STATES and isinstance(was, str):
        return was in _STATES[setting] and now not in _STATES[setting]
    if setting in _ORIGINS:
        return isinstance(now, list) and "*" in now and "*" not in (was or [])
    if setting in _PROTECTS:
        return was is True and now is not True
    if setting in _EXPOSES:
        return was is not True and now is True
    if setting in _AT_LEAST and isinstance(was, int | float):
        return not isinstance(now, int | float) or now < was
    return setting in _GIVEN and bool(was) and not now


def _pairs(before: Any, after: Any, unknown: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield each setting, at any depth, with its value before and after, except those known only on apply."""
    if isinstance(before, Mapping):
        later = after if isinstance(after, Mapping) else {}
        hidden = unknown if isinstance(unknown, Mapping) else {}
        for key in [*before, *(key for key in later if key not in before)]:
            if hidden.get(key) is True:
                continue
            yield str(key), before.get(key), later.get(key)
            yield from _pairs(before.get(key), later.get(key), hidden.get(key))
    elif isinstance(before, list):
        later_items = after if isinstance(after, list) else []
        hidden_items = unknown if isinstance(unknown, list) else []
        for at, item in enumerate(before):
            yield from _pairs(
                item,
                later_items[at] if at < len(later_items) else None,
                hidden_items[at] if at < len(hidden_items) else None,
            )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if value in (None, "", [], {}):
        return "not set"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return joined(f"`{item}`" for item in value)
    if isinstance(value, int | float):
        return f"`{value:g}`"
    return f"`{value}`" if isinstance(value, str) and len(value) <= _MAX_SHOWN else "set"


def _undeclared(plan: Plan) -> Iterator[Point]:
    """Yield the resource blocks that lose `prevent_destroy`."""
    output = plan.outputs.get(RECORD)
    if output is None or not isinstance(output.get("before"), list):
        return
    for gone in sorted(set(map(str, output["before"])) - set(map(str, output.get("after") or []))):
        yield Point(UNPROTECTED, "`prevent_destroy` is removed: a later plan can destroy it", "resource block", gone)
