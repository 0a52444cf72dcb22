"""Computes which addresses and ports the rules of security groups and network ACLs allow. Pure functions.

Only TCP over IPv4 counts: start_server and browsers connect to the public IPv4 address of a server, and a session's
name has an A record and no AAAA record.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any, Final

_NOT_ON_THE_INTERNET: Final = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
)
"""No internet connection comes from these (IANA IPv4 Special-Purpose Address Registry; RFC 1112 from 224.0.0.0 on)."""

_FEW_ADDRESSES: Final = 2**24
_ONE_IN: Final = 100
"""Limits of a small gap: number of addresses, and one port in this many."""


@dataclass(frozen=True)
class Rule:
    """One rule for TCP over IPv4.

    Attributes:
        allow: whether it allows or denies matching traffic.
        networks: the addresses that it matches.
        first, last: the ports that it matches.
    """

    allow: bool
    networks: tuple[IPv4Network, ...]
    first: int = 0
    last: int = 65535


@dataclass(frozen=True)
class Gap:
    """Ports that are blocked for the same part of the internet.

    Attributes:
        first, last: the ports.
        networks: the public addresses for which they are blocked.
    """

    first: int
    last: int
    networks: tuple[IPv4Network, ...]

    @property
    def is_small(self) -> bool:
        """Whether it blocks at most a 256th of all addresses, such as a list of abusive ones."""
        return sum(network.num_addresses for network in self.networks) <= _FEW_ADDRESSES

    @property
    def share(self) -> float:
        """The blocked part of the internet, up to 1."""
        blocked = sum(network.num_addresses for network in self.networks)
        return blocked / sum(network.num_addresses for network in _PUBLIC)

    @property
    def ports(self) -> str:
        """The ports as text, such as 5000 or 1024-65535."""
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def ports_of_permission(permission: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the TCP ports of a security group's rule; None if it is for another protocol."""
    if str(permission["IpProtocol"]) == "-1":
        return 0, 65535
    if str(permission["IpProtocol"]) in {"tcp", "6"}:
        return permission.get("FromPort", 0), permission.get("ToPort", 65535)
    return None


def rules_of_groups(permissions: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """Return the rules of security groups from their combined IpPermissions, or IpPermissionsEgress.

    Rules of several groups add up, and no rule denies (Amazon VPC user guide, "Security group rules"). Sources that are
    a group or a prefix list are ignored: neither covers the whole internet.
    """
    return [
        Rule(
            True, tuple(ipaddress.IPv4Network(each["CidrIp"], strict=False) for each in permission["IpRanges"]), *ports
        )
        for permission in permissions
        if permission.get("IpRanges") and (ports := ports_of_permission(permission)) is not None
    ]


def rules_of_acl(entries: Iterable[Mapping[str, Any]], *, egress: bool) -> list[Rule]:
    """Return the rules of a network ACL in one direction, in the order in which EC2 applies them.

    "Rules are evaluated starting with the lowest numbered rule. As soon as a rule matches traffic, it's applied
    regardless of any higher-numbered rule that might contradict it" (Amazon VPC user guide, "Network ACL rules").
    """
    rules = []
    for entry in sorted(entries, key=lambda each: int(each["RuleNumber"])):
        if entry["Egress"] == egress and entry.get("CidrBlock") and str(entry["Protocol"]) in {"-1", "6"}:
            ports = entry.get("PortRange") or {"From": 0, "To": 65535}
            network = ipaddress.IPv4Network(entry["CidrBlock"], strict=False)
            rules.append(Rule(entry["RuleAction"] == "allow", (network,), ports["From"], ports["To"]))
    return rules


def gaps(rules: Sequence[Rule], first: int, last: int) -> list[Gap]:
    """Return the blocked ports of a range: the first matching rule decides; without one the port is blocked."""
    found: list[Gap] = []
    for start, end in _segments(rules, first, last):
        networks = _blocked_at(rules, start)
        if networks and found and found[-1].networks == networks and found[-1].last == start - 1:
            found[-1] = Gap(found[-1].first, end, networks)
        elif networks:
            found.append(Gap(start, end, networks))
    return found


def is_passable(blocked: Sequence[Gap], first: int, last: int) -> bool:
    """Return whether nearly every connection is allowed: gaps are small, or affect at most one port in a hundred."""
    ports = sum(gap.last - gap.first + 1 for gap in blocked if not gap.is_small)
    return ports * _ONE_IN <= last - first + 1


def _segments(rules: Iterable[Rule], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Split a range of ports where a rule begins or ends, so that each rule matches all or none of a segment."""
    edges = {first, *(edge for rule in rules for edge in (rule.first, rule.last + 1) if first < edge <= last)}
    starts = sorted(edges)
    yield from zip(starts, [*(start - 1 for start in starts[1:]), last], strict=True)


def _blocked_at(rules: Iterable[Rule], port: int) -> tuple[IPv4Network, ...]:
    """Return the public addresses for which a port is blocked."""
    undecided, blocked = list(_PUBLIC), list[IPv4Network]()
    for rule in rules:
        if rule.first <= port <= rule.last:
            for network in rule.networks:
                if not rule.allow:
                    blocked += _within(undecided, network)
                undecided = list(_without(undecided, network))
    return tuple(ipaddress.collapse_addresses([*blocked, *undecided]))


def _within(space: Iterable[IPv4Network], network: IPv4Network) -> Iterator[IPv4Network]:
    for part in space:
        if part.subnet_of(network):
            yield part
        elif network.subnet_of(part):
            yield network


def _without(space: Iterable[IPv4Network], network: IPv4Network) -> Iterator[IPv4Network]:
    for part in space:
        if network.subnet_of(part):
            yield from part.address_exclude(network)
        elif not part.subnet_of(network):
            yield part


def _public() -> tuple[IPv4Network, ...]:
    space: list[IPv4Network] = [IPv4Network("0.0.0.0/0")]
    for excluded in _NOT_ON_THE_INTERNET:
        space = list(_without(space, IPv4Network(excluded)))
    return tuple(space)


_PUBLIC: Final = _public()
