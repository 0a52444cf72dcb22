"""What was changed outside Terraform since the last apply.

Terraform reports every difference between its state and AWS. Most of them are its own work of the last apply: settings
of a resource that repeat what other resources set, and settings that AWS fills in. They are not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from hippo_common.words import count
from plan_review.changes import Change, Plan
from plan_review.differences import FOLLOWS, Difference, differences
from plan_review.markdown import collapsible, items, joined
from plan_review.names import label

_MIRRORS: Final[Mapping[tuple[str, str], tuple[tuple[str, str], ...]]] = {
    ("aws_ecs_cluster", "capacity_providers"): (("aws_ecs_cluster_capacity_providers", "cluster_name"),),
    ("aws_ecs_cluster", "default_capacity_provider_strategy"): (
        ("aws_ecs_cluster_capacity_providers", "cluster_name"),
    ),
    ("aws_iam_role", "inline_policy"): (("aws_iam_role_policy", "role"),),
    ("aws_kms_key", "policy"): (("aws_kms_key_policy", "key_id"),),
    ("aws_network_acl", "egress"): (("aws_network_acl_rule", "network_acl_id"),),
    ("aws_network_acl", "ingress"): (("aws_network_acl_rule", "network_acl_id"),),
    ("aws_route_table", "route"): (("aws_route", "route_table_id"),),
    ("aws_s3_bucket", "acl"): (("aws_s3_bucket_acl", "bucket"),),
    ("aws_s3_bucket", "cors_rule"): (("aws_s3_bucket_cors_configuration", "bucket"),),
    ("aws_s3_bucket", "grant"): (("aws_s3_bucket_acl", "bucket"), ("aws_s3_bucket_ownership_controls", "bucket")),
    ("aws_s3_bucket", "lifecycle_rule"): (("aws_s3_bucket_lifecycle_configuration", "bucket"),),
    ("aws_s3_bucket", "logging"): (("aws_s3_bucket_logging", "bucket"),),
    ("aws_s3_bucket", "object_lock_configuration"): (("aws_s3_bucket_object_lock_configuration", "bucket"),),
    ("aws_s3_bucket", "policy"): (("aws_s3_bucket_policy", "bucket"),),
    ("aws_s3_bucket", "replication_configuration"): (("aws_s3_bucket_replication_configuration", "bucket"),),
    ("aws_s3_bucket", "server_side_encryption_configuration"): (
        ("aws_s3_bucket_server_side_encryption_configuration", "bucket"),
    ),
    ("aws_s3_bucket", "versioning"): (("aws_s3_bucket_versioning", "bucket"),),
    ("aws_s3_bucket", "website"): (("aws_s3_bucket_website_configuration", "bucket"),),
    ("aws_secretsmanager_secret", "policy"): (("aws_secretsmanager_secret_policy", "secret_arn"),),
    ("aws_security_group", "egress"): (
        ("aws_vpc_security_group_egress_rule", "security_group_id"),
        ("aws_security_group_rule", "security_group_id"),
    ),
    ("aws_security_group", "ingress"): (
        ("aws_vpc_security_group_ingress_rule", "security_group_id"),
        ("aws_security_group_rule", "security_group_id"),
    ),
    ("aws_sns_topic", "policy"): (("aws_sns_topic_policy", "arn"),),
    ("aws_sqs_queue", "policy"): (("aws_sqs_queue_policy", "queue_url"),),
    ("aws_sqs_queue", "redrive_allow_policy"): (("aws_sqs_queue_redrive_allow_policy", "queue_url"),),
    ("aws_sqs_queue", "redrive_policy"): (("aws_sqs_queue_redrive_policy", "queue_url"),),
}
"""Setting of a type → the resources that set it: their type, and their setting that names what they belong to."""

_FILLED_IN: Final = frozenset(
    {
        *FOLLOWS,
        "attachment_count",
        "default_version",
        "default_version_id",
        "deployment_id",
        "has_public_access_policy",
        "in_progress_validation_batches",
        "latest_version",
        "object_lock_enabled",
        "role_last_used",
        "stream_label",
        "tags_all",
        "updated_date",
    }
)
"""Settings that AWS or the provider fill in."""

_EMPTY: Final = frozenset({"(none)", "false", "0"})


def text(plan: Plan) -> str:
    """Return the changes made outside Terraform as a collapsible list; empty if there are none."""
    lines = []
    for change in plan.drifted:
        real = [one for one in differences(change) if not _is_own(one, change, plan)] + _policies(change, plan)
        shown = joined(f"`{one.path}` {one.before} → {one.after}" for one in real[:3])
        if change.action == "delete" or real:
            words = "deleted" if change.action == "delete" else shown
            lines.append(f"{label(change)}: {words} <sub>`{change.address}`</sub>")
    title = f"Changed outside Terraform since the last apply: {count(len(lines), 'resource')}"
    return f"\n\n{collapsible(title, items(lines))}" if lines else ""


def _is_own(found: Difference, change: Change, plan: Plan) -> bool:
    """Return whether a difference is Terraform's own work, or two spellings of "not set"."""
    setting = found.path.split(".")[0]
    if setting in _FILLED_IN or found.path in _FILLED_IN or {found.before, found.after} <= _EMPTY:
        return True
    if (change.type, setting) == ("aws_iam_role", "managed_policy_arns"):
        return set(_arns(change.after)) <= set(_attached(change, plan)) | set(_arns(change.before))
    return _is_set_by_others(setting, change, plan)


def _is_set_by_others(setting: str, change: Change, plan: Plan) -> bool:
    """Return whether another resource of the plan sets a setting of this one: its own drift would show it."""
    ids = {change.before.get(key) for key in _NAMES} | {change.after.get(key) for key in _NAMES}
    others = [
        one
        for type_, names in _MIRRORS.get((change.type, setting), ())
        for one in plan.of_types([type_])
        if {one.before.get(names), one.after.get(names)} & (ids - {None})
    ]
    if setting not in _SEVERAL:
        return bool(others)
    known = set(_entries(change.before.get(setting)))
    known |= {entry for one in others for values in (one.before, one.after) for entry in _entries([values])}
    return set(_entries(change.after.get(setting))) <= known


_SEVERAL: Final = frozenset({"egress", "ingress", "inline_policy", "route"})
"""Settings with an entry for each of several resources: an entry without one was added outside Terraform."""


def _entries(found: Any) -> Iterator[tuple[str, ...]]:
    """Yield what identifies each entry of a setting, or the resource that sets it."""
    for one in found or []:
        if "protocol" in one or "ip_protocol" in one:
            protocol = str(one.get("ip_protocol") or one.get("protocol"))
            ports = ("", "") if protocol == "-1" else (str(one.get("from_port")), str(one.get("to_port")))
            yield from ((protocol, *ports, source) for source in _sources(one))
        elif "policy" in one:
            yield (str(one.get("name")),)
        else:
            keys = ("cidr_block", "destination_cidr_block", "ipv6_cidr_block", "destination_ipv6_cidr_block")
            yield from ((str(one[key]),) for key in keys if one.get(key))


def _sources(rule: Mapping[str, Any]) -> Iterator[str]:
    for key in ("cidr_ipv4", "cidr_ipv6", "referenced_security_group_id", "prefix_list_id", "source_security_group_id"):
        if rule.get(key):
            yield str(rule[key])
    for key in ("cidr_blocks", "ipv6_cidr_blocks", "security_groups", "prefix_list_ids"):
        yield from map(str, rule.get(key) or [])
    if rule.get("self"):
        yield "self"


def _policies(change: Change, plan: Plan) -> list[Difference]:
    """Return the policies that drifted: `differences` leaves them out, because other sections show changed ones."""
    return [
        Difference(setting, "was changed", "see plan.json")
        for setting in ("policy", "assume_role_policy")
        if change.action == "update"
        and change.before.get(setting) != change.after.get(setting)
        and change.before.get(setting)
        and not _is_set_by_others(setting, change, plan)
    ]


def _attached(role: Change, plan: Plan) -> Iterable[str]:
    for one in plan.of_types(["aws_iam_role_policy_attachment"]):
        for values in (one.before, one.after):
            if values.get("role") in {role.before.get("name"), role.after.get("name")}:
                yield str(values.get("policy_arn"))


def _arns(values: Mapping[str, Any]) -> Iterable[str]:
    return values.get("managed_policy_arns") or []


_NAMES: Final = ("id", "arn", "name", "bucket", "url", "key_id")
