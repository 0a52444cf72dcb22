"""Data at risk: the data that a plan would delete, or that could be lost after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from plan_review.changes import Change, Plan
from plan_review.expiring import expiries, newly_deleted
from plan_review.names import label, name, parts_of

Severity = Literal["loss", "risk"]

COPIES: Final = "website"
"""Module whose bucket holds only copies of files of the repository."""

_RULES: Final = "aws_s3_bucket_lifecycle_configuration"


@dataclass(frozen=True)
class Risk:
    """Data that may be lost.

    Attributes:
        severity: loss (`make deploy` refuses it unless ALLOW_DATA_LOSS names the thing) or risk (to be reviewed).
        thing: name in AWS of the thing that holds the data.
        what: description in Markdown.
        address: address of the resource.
    """

    severity: Severity
    thing: str
    what: str
    address: str


def risks(plan: Plan) -> list[Risk]:
    """Return the data at risk, losses first."""
    found = [risk for change in plan.resources for risk in _of(change, plan)]
    return sorted(found, key=lambda risk: (risk.severity, risk.address))


def losses(plan: Plan, allowed: frozenset[str] = frozenset()) -> list[Risk]:
    """Return the losses of things that are not allowed by name."""
    return [risk for risk in risks(plan) if risk.severity == "loss" and risk.thing not in allowed]


def _of(change: Change, plan: Plan) -> Iterator[Risk]:
    reader = _READERS.get(change.type)
    if change.type == _RULES and change.action != "keep":
        yield from _lifecycle(change, plan)
    elif reader is not None and change.action not in {"keep", "create"}:
        yield from reader(change)


def _effect(change: Change) -> str:
    if change.action != "replace":
        return "is destroyed"
    forced = ", ".join(f"`{path}`" for path in change.forced_by)
    return f"is destroyed and created again{f', because {forced} changes' if forced else ''}"


def _ends(change: Change) -> bool:
    return change.action in {"delete", "replace"}


def _bucket(change: Change) -> Iterator[Risk]:
    module = parts_of(change.module)
    copies = bool(module) and module[0][0] == COPIES
    if _ends(change) and copies:
        yield Risk("risk", name(change), f"{label(change)} {_effect(change)}; it holds only copies", change.address)
    elif _ends(change):
        old = str(change.before.get("bucket") or name(change))
        yield Risk("loss", old, f"S3 bucket `{old}` {_effect(change)}: **everything in it is lost**", change.address)
    if change.action == "forget":
        what = f"{label(change)} stays in AWS, but Terraform does not manage it any more"
        yield Risk("risk", name(change), what, change.address)
    if not copies and change.after.get("force_destroy") and not change.before.get("force_destroy"):
        what = f"{label(change)} gets `force_destroy`: a later apply can delete it with everything in it"
        yield Risk("loss", name(change), what, change.address)


def _versioning(change: Change) -> Iterator[Risk]:
    was = _first(change.before, "versioning_configuration").get("status")
    now = _first(change.after, "versioning_configuration").get("status") if change.remains else "Suspended"
    if was == "Enabled" and now != "Enabled":
        bucket = str(change.before.get("bucket", name(change)))
        what = f"S3 bucket `{bucket}` keeps no more old versions: overwritten and deleted objects are lost immediately"
        yield Risk("loss", bucket, what, change.address)


def _lifecycle(change: Change, plan: Plan) -> Iterator[Risk]:
    """Yield the lifecycle rules that delete more than before, on buckets that exist already."""
    if not change.remains or _is_of_a_new_bucket(change, plan):
        return
    bucket = str(change.after.get("bucket") or name(change))
    there = [one.before for one in plan.of_types([_RULES]) if one.before.get("bucket") == bucket]
    before = [expiry for one in there for expiry in expiries(one.get("rule"))]
    if change.is_unknown("rule"):
        what = f"The lifecycle rules of S3 bucket `{bucket}`, which delete objects, are known only on apply"
        yield Risk("loss", bucket, what, change.address)
    for what in newly_deleted(before, expiries(change.after.get("rule"), change.unknown.get("rule"))):
        yield Risk("loss", bucket, f"In S3 bucket `{bucket}` {what}", change.address)


def _is_of_a_new_bucket(change: Change, plan: Plan) -> bool:
    """Return whether the plan creates the bucket; a name known only on apply means the bucket of the same module."""
    made = [one for one in plan.of_types(["aws_s3_bucket"]) if one.action in {"create", "replace"}]
    if change.is_unknown("bucket"):
        return any(one.module == change.module for one in made)
    return any(one.after.get("bucket") == change.after.get("bucket") for one in made)


def _zone(change: Change) -> Iterator[Risk]:
    if _ends(change):
        zone = str(change.before.get("name") or name(change))
        what = (
            f"Hosted zone `{zone}` {_effect(change)}: a new zone has other name servers, and no name under it resolves "
            "until the parent domain names those"
        )
        yield Risk("loss", zone, what, change.address)
    if change.after.get("force_destroy") and not change.before.get("force_destroy"):
        what = f"{label(change)} gets `force_destroy`: a later apply can delete it with its records"
        yield Risk("risk", name(change), what, change.address)


def _key(change: Change) -> Iterator[Risk]:
    key = str(change.before.get("key_id") or name(change))
    if _ends(change):
        what = (
            f"KMS key `{key}` {_effect(change)}: **data encrypted with it can never be read again**, also old versions"
        )
        yield Risk("loss", key, what, change.address)
    elif change.before.get("is_enabled") and change.after.get("is_enabled") is False:
        yield Risk("risk", key, f"KMS key `{key}` is disabled: data encrypted with it cannot be read", change.address)


def _encryption(change: Change) -> Iterator[Risk]:
    if change.action == "update":
        was, now = _algorithm(change.before), _algorithm(change.after)
        if was.startswith("aws:kms") and now != was:
            bucket = label(change).removeprefix("encryption of ")
            what = f"New objects of {bucket} are encrypted with {now}, no longer {was}"
            yield Risk("risk", name(change), what, change.address)


def _algorithm(values: Mapping[str, Any]) -> str:
    default = _first(_first(values, "rule"), "apply_server_side_encryption_by_default")
    key = default.get("kms_master_key_id")
    return f"{default.get('sse_algorithm', 'SSE-S3')}{f' and key {key}' if key else ''}"


def _logs(change: Change) -> Iterator[Risk]:
    group = str(change.before.get("name") or name(change))
    if _ends(change):
        yield Risk("risk", group, f"Log group `{group}` {_effect(change)}: its logs are lost", change.address)
        return
    was, now = change.before.get("retention_in_days") or 0, change.after.get("retention_in_days") or 0
    if now and (not was or now < was):
        what = f"Log group `{group}` keeps {now:g} days instead of {f'{was:g}' if was else 'all'}: older logs are lost"
        yield Risk("risk", group, what, change.address)


def _queue(change: Change) -> Iterator[Risk]:
    if _ends(change):
        what = f"{label(change)} {_effect(change)}: unread messages in it are lost"
        yield Risk("risk", name(change), what, change.address)


def _store(change: Change) -> Iterator[Risk]:
    if _ends(change):
        what = f"{label(change)} {_effect(change)}: **everything in it is lost**"
        yield Risk("loss", name(change), what, change.address)


_READERS: Final[Mapping[str, Callable[[Change], Iterator[Risk]]]] = {
    "aws_cloudwatch_log_group": _logs,
    "aws_db_instance": _store,
    "aws_dynamodb_table": _store,
    "aws_ecr_repository": _store,
    "aws_efs_file_system": _store,
    "aws_kms_key": _key,
    "aws_route53_zone": _zone,
    "aws_s3_bucket": _bucket,
    "aws_s3_bucket_server_side_encryption_configuration": _encryption,
    "aws_s3_bucket_versioning": _versioning,
    "aws_sqs_queue": _queue,
}


def _first(values: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    found = values.get(block) or [{}]
    first: Mapping[str, Any] = found[0] if isinstance(found, list) else found
    return first or {}
