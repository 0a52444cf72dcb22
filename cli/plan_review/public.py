"""The resources that anyone on the internet can reach, now and after the apply."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plan_review.changes import Change, Plan
from plan_review.configuration import sets
from plan_review.markdown import joined
from plan_review.names import kind, name
from plan_review.networks import is_internet
from plan_review.permissions.anyone import admits_anyone, unnamed_workflows
from plan_review.permissions.documents import Policy, policies
from plan_review.settings import texts

Values = Mapping[str, Any]

_GROUPS: Final = frozenset({"aws_security_group", "aws_default_security_group"})
_BLOCKS: Final = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")


@dataclass(frozen=True)
class Exposure:
    """A resource that is public.

    Attributes:
        kind: kind of the resource, such as "API route".
        name: name of the resource.
        text: why it is public, in Markdown, in words that fit one resource as well as several.
        address: address of the resource.
        before: whether it is public now.
        after: whether it is public after the apply.
    """

    kind: str
    name: str
    text: str
    address: str
    before: bool
    after: bool

    @property
    def what(self) -> str:
        """The resource and why it is public, in Markdown."""
        return f"{self.kind} `{self.name}`: {self.text}"

    @property
    def is_new(self) -> bool:
        """Whether this plan makes it public."""
        return self.after and not self.before


def exposures(plan: Plan) -> list[Exposure]:
    """Return what is public now or after the apply, newly public resources first."""
    found = [exposure for change in plan.resources for exposure in _of(change, plan)]
    found += list(_rules_together(plan))
    found += list(_by_policies(plan))
    found += list(_without_block(plan))
    return sorted(found, key=lambda exposure: (not exposure.is_new, exposure.after, exposure.address))


def _of(change: Change, plan: Plan) -> Iterator[Exposure]:
    reader = _READERS.get(change.type)
    if reader is None or (change.type in _GROUPS and not sets(change, plan, "ingress")):
        return  # a group's rules that its own block does not set repeat those of rule resources
    before = set(reader(change, change.before)) if change.existed else set()
    after = set(reader(change, change.after)) if change.remains else set()
    for text in sorted(before | after):
        yield Exposure(kind(change), name(change), text, change.address, text in before, text in after)


def _group(_: Change, values: Values) -> Iterator[str]:
    together: dict[str, set[str]] = defaultdict(set)
    for rule in values.get("ingress") or []:
        ports = _ports(rule.get("from_port"), rule.get("to_port"), rule.get("protocol"))
        together[ports] |= {*(rule.get("cidr_blocks") or []), *(rule.get("ipv6_cidr_blocks") or [])}
    for ports, ranges in together.items():
        if is_internet(ranges):
            yield f"{ports} open to {_ranges(ranges)}"


def _old_rule(change: Change, values: Values) -> Iterator[str]:
    if values.get("type") == "ingress":
        yield from _group(change, {"ingress": [values]})


def _rules_together(plan: Plan) -> Iterator[Exposure]:
    """Yield the ports that the incoming rules of one group open to the internet, alone or together."""
    found: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in plan.of_types(["aws_vpc_security_group_ingress_rule"]):
        for values in (change.before if change.existed else {}, change.after if change.remains else {}):
            group = str(values.get("security_group_id") or change.module)
            if values and change not in found[group, _ports_of(values)]:
                found[group, _ports_of(values)].append(change)
    for (_, ports), rules in found.items():
        before = {text for rule in rules if rule.existed for text in _sources(rule.before, ports)}
        after = {text for rule in rules if rule.remains for text in _sources(rule.after, ports)}
        was, will = is_internet(before), is_internet(after)
        if was or will:
            text = f"{ports} open to {_ranges(after if will else before)}"
            yield Exposure(*_group_of(rules[0], plan), text, rules[0].address, was, will)


def _sources(values: Values, ports: str) -> set[str]:
    found = {values.get("cidr_ipv4"), values.get("cidr_ipv6")} if _ports_of(values) == ports else set()
    return {text for text in found if isinstance(text, str)}


def _ports_of(values: Values) -> str:
    return _ports(values.get("from_port"), values.get("to_port"), values.get("ip_protocol"))


def _route(_: Change, values: Values) -> Iterator[str]:
    if values.get("authorization_type", "NONE") == "NONE":
        yield "no signature required"


def _method(_: Change, values: Values) -> Iterator[str]:
    if values.get("authorization") == "NONE":
        yield "no signature required"


def _url(_: Change, values: Values) -> Iterator[str]:
    if values.get("authorization_type") == "NONE":
        yield "no signature required"


def _distribution(_: Change, values: Values) -> Iterator[str]:
    if values.get("enabled"):
        yield f"serves {joined(f'`{alias}`' for alias in values.get('aliases') or []) or 'a web site'}"


def _acl(_: Change, values: Values) -> Iterator[str]:
    if values.get("acl") in {"public-read", "public-read-write", "authenticated-read"}:
        yield f"the ACL is `{values['acl']}`"
    if any(path[-1] == "uri" and text.endswith(("/AllUsers", "/AuthenticatedUsers")) for path, text in texts(values)):
        yield "the ACL grants access to everyone"


def _balancer(_: Change, values: Values) -> Iterator[str]:
    if values.get("internal") is False:
        yield "faces the internet"


def _database(_: Change, values: Values) -> Iterator[str]:
    if values.get("publicly_accessible"):
        yield "can be reached from the internet"


def _listed_rule(_: Change, values: Values) -> Iterator[str]:
    """A rule with a prefix list: of the team's own, or one that AWS keeps for all customers."""
    if values.get("prefix_list_id"):
        yield (
            f"{_ports_of(values)} open to the addresses of prefix list `{values['prefix_list_id']}`; CloudFront's "
            "holds the edges of every customer's distributions, so servers check a signed path"
        )


_READERS: Final[Mapping[str, Callable[[Change, Values], Iterator[str]]]] = {
    "aws_api_gateway_method": _method,
    "aws_apigatewayv2_route": _route,
    "aws_cloudfront_distribution": _distribution,
    "aws_db_instance": _database,
    "aws_lambda_function_url": _url,
    "aws_lb": _balancer,
    "aws_s3_bucket": _acl,
    "aws_s3_bucket_acl": _acl,
    "aws_s3_object": _acl,
    "aws_vpc_security_group_ingress_rule": _listed_rule,
    "aws_security_group": _group,
    "aws_security_group_rule": _old_rule,
    "aws_default_security_group": _group,
}


def _by_policies(plan: Plan) -> Iterator[Exposure]:
    for policy in policies(plan):
        if policy.kind == "identity":
            continue
        before, after = admits_anyone(policy.before), admits_anyone(policy.after)
        if before or after:
            yield _of_policy(policy, "**anyone**", before, after)
        if policy.kind == "trust":
            was, will = unnamed_workflows(policy.before), unnamed_workflows(policy.after)
            for host, text in {**was, **will}.items():
                by = f"with tokens of `{host}`: {text}"
                yield _of_policy(policy, by, was.get(host) == text, will.get(host) == text)


def _of_policy(policy: Policy, text: str, before: bool, after: bool) -> Exposure:
    kind_, _, rest = policy.subject.partition(" `")
    return Exposure(kind_, rest.rstrip("`"), text, policy.change.address, before, after)


def _group_of(rule: Change, plan: Plan) -> tuple[str, str]:
    """Return kind and name of a rule's group; those of the rule itself if the plan does not know the group."""
    wanted = {rule.before.get("security_group_id"), rule.after.get("security_group_id")} - {None}
    groups = [group for group in plan.of_types(_GROUPS) if group.before.get("id") in wanted]
    found = groups[0] if groups else rule
    return kind(found), name(found)


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
            text = "can be made public, because its public access block has a gap"
            yield Exposure("S3 bucket", name(change), text, change.address, before, after)


def _ports(first: Any, last: Any, protocol: Any) -> str:
    if str(protocol) == "-1" or first is None or (first, last) == (0, 65535):
        return "**every port**"
    return (
        f"{str(protocol).upper()} port {first}" if first == last else f"{str(protocol).upper()} ports {first} to {last}"
    )


def _ranges(ranges: set[Any]) -> str:
    return joined(f"`{found}`" for found in sorted(map(str, ranges)))
