"""The places outside a deployment that its settings name: accounts, addresses, networks, buckets, other resources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Final

from plan_review.changes import MASKED, MASKED_NEW, Plan
from plan_review.networks import Network, is_internet, is_within, network
from plan_review.settings import Path, texts

_ARN: Final = re.compile(r"arn:aws[a-z-]*:(?P<service>[a-z0-9-]*):[a-z0-9*-]*:(?P<account>\d{12})?:(?P<rest>\S+)")
_REGISTRY: Final = re.compile(r"\b(\d{12})\.dkr\.ecr\.|\bamazonaws\.com(?:\.cn)?/(\d{12})/")
_BUCKET: Final = re.compile(r"arn:aws[a-z-]*:s3:::(?P<name>[a-z0-9][a-z0-9.*-]*)|^s3://(?P<other>[a-z0-9.-]+)")
_URL: Final = re.compile(
    r"\b(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/\s@]*@)?(?P<host>[A-Za-z0-9.-]+|\[[0-9a-f:]+\])", re.I
)
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_HOST: Final = re.compile(r"(?=.*[a-z])[a-z0-9_*-]+(\.[a-z0-9_-]+)+\.?", re.IGNORECASE)
_ID: Final = re.compile(r"(vpc|subnet|sg|vpce|eni|igw|nat|pcx|pl|tgw|eipalloc)-[0-9a-f]{8,17}")

_NAMES_ACCOUNT: Final = re.compile(r"account|principal|owner|^aws$", re.IGNORECASE)
_NAMES_BUCKET: Final = re.compile(r"(^|_)bucket(_name)?$", re.IGNORECASE)
_NAMES_HOST: Final = re.compile(
    r"(^|_)(host|hostname|url|uri|endpoint|server|servers|proxy|records|dns_name|domain_name|webhook|domain)$",
    re.IGNORECASE,
)

_OF_ITSELF: Final = frozenset(
    {
        "id",
        "arn",
        "hosted_zone_id",
        "zone_id",
        "resource_id",
        "self_link",
        "owner_id",
        "vpc_owner_id",
        "bucket_domain_name",
    }
)
"""Settings that AWS assigns to the resource, or that say nothing about where it leads."""

_PERMISSIONS: Final = frozenset({"role", "role_arn", "policy_arn", "managed_policy_arns", "permissions_boundary"})
"""Settings that the page judges as permissions."""

_CODE: Final = frozenset({"layers", "image_uri", "image", "source_code_hash", "handler"})
"""Settings that the page judges as code."""

_ARN_OF_ANOTHER: Final = frozenset({"aws_cloudwatch_event_target", "aws_sns_topic_policy"})
"""Types whose `arn` is that of another resource."""

_IDS: Final = ("id", "arn", "invoke_arn", "execution_arn", "key_id", "url", "queue_url", "qualified_arn")

_HOSTS: Final = frozenset(
    {"cloudfront_domain_name", "name_servers", "regional_domain_name", "resource_record_value", "target_domain_name"}
)
"""Settings, at any depth, with names that AWS assigns to a resource."""

_OWN_NETWORKS: Final = frozenset({"aws_vpc", "aws_subnet", "aws_default_vpc", "aws_vpc_ipv4_cidr_block_association"})


class Own:
    """What belongs to the deployment of a plan."""

    def __init__(self, plan: Plan, account_id: str) -> None:
        """Read the plan's resources as they are now and after the apply."""
        self._plan = plan
        self.account_id = account_id

    def has(self, text: str) -> bool:
        """Return whether an ARN or id is that of a resource of the deployment, or lies within one."""
        if text in self._ids:
            return True
        if text.startswith(self._beginnings):
            return True
        return any(part in self._names for part in re.split(r"[:/]", text)[5:])

    def has_bucket(self, name: str) -> bool:
        """Return whether a bucket is the deployment's."""
        return name in self._buckets

    def has_host(self, host: str) -> bool:
        """Return whether a host name is the deployment's, or is that of an AWS service."""
        plain = host.lower().rstrip(".").removeprefix("*.")
        if plain in self._hosts or any(plain.endswith(f".{domain}") for domain in self._domains):
            return True
        return bool(_SERVICE.search(plain)) and not _CUSTOMER.search(plain)

    def has_network(self, found: Network) -> bool:
        """Return whether a range of addresses lies in the deployment's networks."""
        return any(is_within(found, own) for own in self._networks)

    @cached_property
    def _states(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [(change.type, values) for change in self._plan.resources for values in (change.before, change.after)]

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(
            text
            for type_, values in self._states
            for key in _IDS
            if isinstance(text := values.get(key), str) and not (key == "arn" and type_ in _ARN_OF_ANOTHER)
        )

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        return tuple(f"{found}{end}" for found in self._ids if found.startswith("arn:") for end in ":/")

    @cached_property
    def _names(self) -> frozenset[str]:
        keys = ("function_name", "name", "alarm_name", "family", "bucket")
        return frozenset(text for _, values in self._states for key in keys if isinstance(text := values.get(key), str))

    @cached_property
    def _buckets(self) -> frozenset[str]:
        return frozenset(str(values.get("bucket")) for type_, values in self._states if type_ == "aws_s3_bucket")

    @cached_property
    def _domains(self) -> frozenset[str]:
        found = {str(values.get("name")).rstrip(".") for type_, values in self._states if type_ == "aws_route53_zone"}
        return frozenset(found - {"None"})

    @cached_property
    def _hosts(self) -> frozenset[str]:
        keys = ("domain_name", "dns_name", "fqdn", "bucket_regional_domain_name", "bucket_domain_name", "api_endpoint")
        found = {text for _, values in self._states for key in keys if isinstance(text := values.get(key), str)}
        found |= {str(alias) for _, values in self._states for alias in values.get("aliases") or []}
        found |= {text.rstrip(".") for _, values in self._states for path, text in texts(values) if path[-1] in _HOSTS}
        return frozenset(text.partition("://")[2] or text for text in found) | self._domains

    @cached_property
    def _networks(self) -> list[Network]:
        found = [network(values.get("cidr_block")) for type_, values in self._states if type_ in _OWN_NETWORKS]
        found += [network(values.get("ipv6_cidr_block")) for type_, values in self._states if type_ in _OWN_NETWORKS]
        return [one for one in found if one is not None]


_SERVICE: Final = re.compile(r"(^|\.)(amazonaws\.com(\.cn)?|aws\.amazon\.com|api\.aws|on\.aws|cloudfront\.net)$")
_CUSTOMER: Final = re.compile(
    r"(execute-api|lambda-url|\belb\b|\brds\b|cloudfront\.net$|(^|\.)s3[.-]|on\.aws$|dkr\.ecr)"
)
"""Names under AWS's domains that belong to one customer."""


def places(type_: str, values: Mapping[str, Any], own: Own) -> Iterator[str]:
    """Yield the places outside the deployment that a resource's settings name, in Markdown.

    Args:
        type_: type of the resource.
        values: its settings.
        own: what belongs to the deployment.
    """
    for path, text in texts(values):
        is_target = path == ("arn",) and type_ in _ARN_OF_ANOTHER
        if is_target or (not _CODE.intersection(path) and (path[0] not in _OF_ITSELF or len(path) > 1)):
            yield from _of_text(type_, path, text, own)


def _of_text(type_: str, path: Path, text: str, own: Own) -> Iterator[str]:
    key = path[-1]
    accounts = {*_accounts(key, text)} - {own.account_id}
    yield from (f"account `{account}`" for account in sorted(accounts))
    yield from (f"bucket `{bucket}`" for bucket in sorted(_buckets(key, text)) if not own.has_bucket(bucket))
    yield from _of_address(type_, path, text, own)
    if "{}" not in path and not accounts and key not in _PERMISSIONS:  # in a policy, a resource is a permission
        for part in re.split(r"[,\s]+", text):
            if _is_resource(part) and not own.has(part):
                yield f"`{part}`"
    if text in {MASKED, MASKED_NEW} and key == "endpoint":
        yield f"a receiver that is {text[1:-1]}"


def _of_address(type_: str, path: Path, text: str, own: Own) -> Iterator[str]:
    if _MAIL.fullmatch(text):
        yield f"e-mail address `{text}`"
    elif found := network(text):
        if type_ not in _OWN_NETWORKS and not own.has_network(found) and not _is_seen_as_public(type_, path, text):
            yield f"network `{text}`"
    elif urls := list(_URL.finditer(text)):
        for url in urls:
            if url["scheme"].lower() not in {"s3", "arn"} and not own.has_host(url["host"]):
                yield f"address `{url['scheme']}://{url['host']}`"
    elif "{}" not in path and _names_host(type_, path) and _is_host(text) and not own.has_host(text):
        yield f"address `{text}`"


def _accounts(key: str, text: str) -> Iterator[str]:
    yield from (match["account"] for match in _ARN.finditer(text) if match["account"])
    yield from (account for match in _REGISTRY.finditer(text) for account in match.groups() if account)
    if re.fullmatch(r"\d{12}", text) and _NAMES_ACCOUNT.search(key):
        yield text
    if match := re.fullmatch(r"(\d{12})/(sg|vpc)-\w+", text):
        yield match[1]


def _buckets(key: str, text: str) -> set[str]:
    found = {match["name"] or match["other"] for match in _BUCKET.finditer(text)}
    if _NAMES_BUCKET.search(key) and re.fullmatch(r"[a-z0-9][a-z0-9.-]{2,62}", text):
        found.add(text)
    return found


def _is_resource(text: str) -> bool:
    match = _ARN.fullmatch(text)
    return bool(match and match["account"] and match["service"] != "s3") or bool(_ID.fullmatch(text))


_NAMED_HOSTS: Final[Mapping[str, tuple[Path, ...]]] = {
    "aws_cloudfront_distribution": (("origin", "domain_name"),),
    "aws_route53_record": (("records",), ("alias", "name")),
}
"""Types whose addresses stand in these settings only."""


def _names_host(type_: str, path: Path) -> bool:
    if type_ in _NAMED_HOSTS:
        return path[:2] in _NAMED_HOSTS[type_]
    return bool(_NAMES_HOST.search(path[-1])) and path[0] != "aliases"


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return bool(_HOST.fullmatch(text))
    return True


def _is_seen_as_public(type_: str, path: Path, text: str) -> bool:
    """Return whether the page names an open range as public: one that may come in."""
    incoming = type_ == "aws_vpc_security_group_ingress_rule" or path[0] == "ingress"
    return incoming and is_internet([text])
