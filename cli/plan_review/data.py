"""Data at risk: the data that a plan would delete, or that could be lost after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from plan_review.changes import Change, Plan
from plan_review.expiring import expiries, newly_deleted
from plan_review.markdown import joined
from plan_review.names import kind, name, parts_of

Severity = Literal["loss", "risk"]

COPIES: Final = "website"
"""Module whose bucket holds only copies of files of the repository."""

_RULES: Final = "aws_s3_bucket_lifecycle_configuration"
_STORES: Final = (
    "aws_backup_vault",
    "aws_db_instance",
    "aws_dynamodb_table",
    "aws_ebs_volume",
    "aws_ecr_repository",
    "aws_efs_file_system",
    "aws_kinesis_stream",
    "aws_opensearch_domain",
    "aws_rds_cluster",
)

HOLDS_DATA: Final = frozenset(
    {*_STORES, "aws_cloudwatch_log_group", "aws_kms_key", "aws_route53_zone", "aws_s3_bucket", "aws_sqs_queue"}
)
"""Types whose removal is a risk."""


@dataclass(frozen=True)
class Risk:
    """Data that may be lost.

    Attributes:
        severity: loss (`make deploy` refuses it unless ALLOW_DATA_LOSS names the thing) or risk (to be reviewed).
        thing: name in AWS of the thing that holds the data.
        kind: kind of the thing, such as "S3 bucket".
        text: what happens to it, in Markdown, in words that fit one thing as well as several.
        address: address of the resource.
    """

    severity: Severity
    thing: str
    kind: str
    text: str
    address: str

    @property
    def what(self) -> str:
        """The thing and what happens to it, in Markdown."""
        return f"{self.kind} `{self.thing}`: {self.text}"


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
    elif change.type == "aws_s3_bucket_versioning" and change.action not in {"keep", "create"}:
        yield from _versioning(change, plan)
    elif reader is not None and change.action not in {"keep", "create"}:
        yield from reader(change)


def _effect(change: Change) -> str:
    if change.action != "replace":
        return "destroyed"
    forced = joined(f"`{path}`" for path in change.forced_by)
    return f"destroyed and created again{f', because {forced} changes' if forced else ''}"


def _ends(change: Change) -> bool:
    return change.action in {"delete", "replace"}


def _risk(change: Change, severity: Severity, thing: str, text: str) -> Risk:
    kind_ = kind(change).rpartition(" of ")[2]  # the bucket, for the versioning of a bucket
    return Risk(severity, thing, kind_, text, change.address)


def _bucket(change: Change) -> Iterator[Risk]:
    module = parts_of(change.module)
    copies = bool(module) and module[0][0] == COPIES
    if _ends(change):
        old = str(change.before.get("bucket") or name(change))
        lost = "it holds only copies" if copies else "**everything in it is lost**"
        yield _risk(change, "risk" if copies else "loss", old, f"{_effect(change)}; {lost}")
    if change.action == "forget":
        yield _risk(change, "risk", name(change), "stays in AWS, but Terraform does not manage it any more")
    if not copies and change.after.get("force_destroy") and not change.before.get("force_destroy"):
        text = "gets `force_destroy`: a later apply can delete it with everything in it"
        yield _risk(change, "loss", name(change), text)


def _versioning(change: Change, plan: Plan) -> Iterator[Risk]:
    was = _first(change.before, "versioning_configuration").get("status")
    now = _first(change.after, "versioning_configuration").get("status") if change.remains else "Suspended"
    if was == "Enabled" and now != "Enabled" and not _ends_with_its_bucket(change, plan):
        bucket = str(change.before.get("bucket", name(change)))
        text = "no more old versions are kept: overwritten and deleted objects are lost immediately"
        yield _risk(change, "loss", bucket, text)


def _lifecycle(change: Change, plan: Plan) -> Iterator[Risk]:
    """Yield the lifecycle rules that delete more than before, on buckets that exist already."""
    if not change.remains or _is_of_a_new_bucket(change, plan):
        return
    bucket = str(change.after.get("bucket") or name(change))
    there = [one.before for one in plan.of_types([_RULES]) if one.before.get("bucket") == bucket]
    before = [expiry for one in there for expiry in expiries(one.get("rule"))]
    if change.is_unknown("rule"):
        yield _risk(change, "loss", bucket, "its lifecycle rules, which delete objects, are known only on apply")
    for what in newly_deleted(before, expiries(change.after.get("rule"), change.unknown.get("rule"))):
        yield _risk(change, "loss", bucket, what)


def _ends_with_its_bucket(change: Change, plan: Plan) -> bool:
    return any(
        _ends(bucket) and bucket.before.get("bucket") == change.before.get("bucket")
        for bucket in plan.of_types(["aws_s3_bucket"])
    )


def _is_of_a_new_bucket(change: Change, plan: Plan) -> bool:
    """Return whether the plan creates the bucket; a name known only on apply means the bucket of the same module."""
    made = [one for one in plan.of_types(["aws_s3_bucket"]) if one.action in {"create", "replace"}]
    if change.is_unknown("bucket"):
        return any(one.module == change.module for one in made)
    return any(one.after.get("bucket") == change.after.get("bucket") for one in made)


def _zone(change: Change) -> Iterator[Risk]:
    if _ends(change):
        zone = str(change.before.get("name") or name(change))
        text = (
            f"{_effect(change)}; a new zone has other name servers, and no name under it resolves until the parent "
            "domain names those"
        )
        yield _risk(change, "loss", zone, text)
    if change.after.get("force_destroy") and not change.before.get("force_destroy"):
        yield _risk(change, "risk", name(change), "gets `force_destroy`: a later apply can delete it with its records")


def _key(change: Change) -> Iterator[Risk]:
    key = str(change.before.get("key_id") or name(change))
    if _ends(change):
        text = f"{_effect(change)}; **data encrypted with it can never be read again**, also old versions"
        yield _risk(change, "loss", key, text)
    elif change.before.get("is_enabled") and change.after.get("is_enabled") is False:
        yield _risk(change, "risk", key, "disabled: data encrypted with it cannot be read")


def _encryption(change: Change) -> Iterator[Risk]:
    if change.action == "update":
        was, now = _algorithm(change.before), _algorithm(change.after)
        if was.startswith("aws:kms") and now != was:
            yield _risk(change, "risk", name(change), f"new objects are encrypted with {now}, no longer {was}")


def _algorithm(values: Mapping[str, Any]) -> str:
    default = _first(_first(values, "rule"), "apply_server_side_encryption_by_default")
    key = default.get("kms_master_key_id")
    return f"{default.get('sse_algorithm', 'SSE-S3')}{f' and key {key}' if key else ''}"


def _logs(change: Change) -> Iterator[Risk]:
    group = str(change.before.get("name") or name(change))
    if _ends(change):
        yield _risk(change, "risk", group, f"{_effect(change)}; its logs are lost")
        return
    was, now = change.before.get("retention_in_days") or 0, change.after.get("retention_in_days") or 0
    if now and (not was or now < was):
        before = f"{was:g} days" if was else "without end"
        yield _risk(change, "risk", group, f"logs are kept {now:g} days instead of {before}; older ones are lost")


def _queue(change: Change) -> Iterator[Risk]:
    if _ends(change):
        yield _risk(change, "risk", name(change), f"{_effect(change)}; unread messages in it are lost")


def _store(change: Change) -> Iterator[Risk]:
    if _ends(change):
        yield _risk(change, "loss", name(change), f"{_effect(change)}; **everything in it is lost**")


_READERS: Final[Mapping[str, Callable[[Change], Iterator[Risk]]]] = {
    "aws_cloudwatch_log_group": _logs,
    **dict.fromkeys(_STORES, _store),
    "aws_kms_key": _key,
    "aws_route53_zone": _zone,
    "aws_s3_bucket": _bucket,
    "aws_s3_bucket_server_side_encryption_configuration": _encryption,
    "aws_sqs_queue": _queue,
}


def _first(values: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    found = values.get(block) or [{}]
    first: Mapping[str, Any] = found[0] if isinstance(found, list) else found
    return first or {}
