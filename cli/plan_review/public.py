"""The resources that anyone on the internet can reach, now and after the apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plan_review.changes import Change, Plan
from plan_review.names import label, name
from plan_review.permissions.documents import policies
from plan_review.permissions.statements import ALLOW, Statement

Values = Mapping[str, Any]

_ANYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})
_BLOCKS: Final = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_NARROWING: Final = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:principalorgid",
    "aws:principalarn",
    "aws:principalaccount",
    "aws:sourcevpce",
    "aws:sourcevpc",
    "aws:sourceowner",
    "kms:calleraccount",
    "kms:viaservice",
)
"""Condition keys that restrict the principal "anyone" to known accounts, networks or resources."""


@dataclass(frozen=True)
class Exposure:
    """A resource that is public.

    Attributes:
        what: description in Markdown.
        address: address of the resource.
        before: whether it is public now.
        after: whether it is public after the apply.
    """

    what: str
    address: str
    before: bool
    after: bool

    @property
    def is_new(self) -> bool:
        """Whether this plan makes it public."""
        return self.after and not self.before


def exposures(plan: Plan) -> list[Exposure]:
    """Return what is public now or after the apply, newly public resources first."""
    found = [exposure for change in plan.resources for exposure in _of(change)]
    found += list(_by_policies(plan))
    found += list(_without_block(plan))
    return sorted(found, key=lambda exposure: (not exposure.is_new, exposure.after, exposure.address))


def _of(change: Change) -> Iterator[Exposure]:
    reader = _READERS.get(change.type)
    if reader is None:
        return
    before = set(reader(change, change.before)) if change.existed else set()
    after = set(reader(change, change.after)) if change.remains else set()
    for what in sorted(before | after):
        yield Exposure(what, change.address, what in before, what in after)


def _group(change: Change, values: Values) -> Iterator[str]:
    for rule in values.get("ingress") or []:
        ranges = {*(rule.get("cidr_blocks") or []), *(rule.get("ipv6_cidr_blocks") or [])} & _ANYWHERE
        if ranges:
            ports = _ports(rule.get("from_port"), rule.get("to_port"), rule.get("protocol"))
            yield f"{label(change)} allows {ports} from {_ranges(ranges)}"


def _rule(change: Change, values: Values) -> Iterator[str]:
    ranges = {values.get("cidr_ipv4"), values.get("cidr_ipv6")} & _ANYWHERE
    if ranges:
        ports = _ports(values.get("from_port"), values.get("to_port"), values.get("ip_protocol"))
        yield f"a security group allows {ports} from {_ranges(ranges)}"


def _old_rule(change: Change, values: Values) -> Iterator[str]:
    if values.get("type") == "ingress":
        yield from _group(change, {"ingress": [values]})


def _route(change: Change, values: Values) -> Iterator[str]:
    if values.get("authorization_type", "NONE") == "NONE":
        yield f"API route `{values.get('route_key', name(change))}` requires no signature"


def _method(change: Change, values: Values) -> Iterator[str]:
    if values.get("authorization") == "NONE":
        yield f"API method `{values.get('http_method')}` requires no signature"


def _url(change: Change, values: Values) -> Iterator[str]:
    if values.get("authorization_type") == "NONE":
        yield f"Lambda function `{values.get('function_name')}` has a URL that requires no signature"


def _distribution(change: Change, values: Values) -> Iterator[str]:
    if values.get("enabled"):
        yield f"CloudFront serves {', '.join(f'`{alias}`' for alias in values.get('aliases') or []) or 'a web site'}"


def _acl(change: Change, values: Values) -> Iterator[str]:
    if str(values.get("acl", "")).startswith("public"):
        yield f"S3 bucket `{values.get('bucket')}` has the ACL `{values['acl']}`"


def _balancer(change: Change, values: Values) -> Iterator[str]:
    if values.get("internal") is False:
        yield f"{label(change)} faces the internet"


def _database(change: Change, values: Values) -> Iterator[str]:
    if values.get("publicly_accessible"):
        yield f"{label(change)} can be reached from the internet"


_READERS: Final[Mapping[str, Callable[[Change, Values], Iterator[str]]]] = {
    "aws_api_gateway_method": _method,
    "aws_apigatewayv2_route": _route,
    "aws_cloudfront_distribution": _distribution,
    "aws_db_instance": _database,
    "aws_lambda_function_url": _url,
    "aws_lb": _balancer,
    "aws_s3_bucket_acl": _acl,
    "aws_security_group": _group,
    "aws_security_group_rule": _old_rule,
    "aws_vpc_security_group_ingress_rule": _rule,
}


def _by_policies(plan: Plan) -> Iterator[Exposure]:
    for policy in policies(plan):
        if policy.kind == "identity":
            continue
        before, after = _admits_anyone(policy.before), _admits_anyone(policy.after)
        if before or after:
            yield Exposure(f"{policy.subject}: **anyone**", policy.change.address, before, after)


def _admits_anyone(statements: list[Statement] | None) -> bool:
    return any(
        found.effect == ALLOW
        and any(principal.endswith(":*") for principal in found.principals)
        and not any(
            condition.key.lower().startswith(_NARROWING) and not condition.is_negated for condition in found.conditions
        )
        for found in statements or []
    )


def _without_block(plan: Plan) -> Iterator[Exposure]:
    """Yield the buckets whose public access block has a gap, or is removed while the bucket stays."""
    for change in plan.of_types(["aws_s3_bucket_public_access_block"]):
        bucket_removed = any(
            other.type == "aws_s3_bucket" and other.module == change.module and not other.remains
            for other in plan.resources
        )
        before = change.existed and not all(change.before.get(flag) for flag in _BLOCKS)
        after = (not change.remains and not bucket_removed) or (
            change.remains and not all(change.after.get(flag) for flag in _BLOCKS)
        )
        if before or after:
            what = f"S3 bucket `{name(change)}` can be made public: its public access block has a gap"
            yield Exposure(what, change.address, before, after)


def _ports(first: Any, last: Any, protocol: Any) -> str:
    if str(protocol) == "-1" or first is None or (first, last) == (0, 65535):
        return "**every port**"
    return (
        f"{str(protocol).upper()} port {first}" if first == last else f"{str(protocol).upper()} ports {first} to {last}"
    )


def _ranges(ranges: set[Any]) -> str:
    return " and ".join(f"`{found}`" for found in sorted(map(str, ranges)))
