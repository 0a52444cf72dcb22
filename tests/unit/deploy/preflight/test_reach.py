"""The gaps of security groups and network ACLs, compared with applying the rules to single addresses and ports."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as some

from hippo_deploy.preflight import reach
from hippo_deploy.preflight.reach import Gap, Rule

ANYWHERE = IPv4Network("0.0.0.0/0")
PORTS = (8, 15)

_networks = some.builds(
    lambda address, length: IPv4Network((address, length), strict=False),
    some.sampled_from([0x08080808, 0x08090000, 0x80000000, 0xCB007100, 0xDFFFFFFF]),
    some.integers(0, 32),
)
_ranges = some.tuples(some.integers(0, 20), some.integers(0, 20)).map(sorted)
_rules = some.lists(
    some.builds(
        lambda allow, networks, ports: Rule(allow, tuple(networks), *ports),
        some.booleans(),
        some.lists(_networks, min_size=1, max_size=2),
        _ranges,
    ),
    max_size=6,
)
_addresses = some.sampled_from(["8.8.8.8", "8.9.0.0", "128.0.0.0", "203.0.113.9", "223.255.255.255", "1.1.1.1"])


def passes(rules: list[Rule], address: IPv4Address, port: int) -> bool:
    """Apply the rules as EC2 does: the first matching rule decides."""
    for rule in rules:
        if rule.first <= port <= rule.last and any(address in network for network in rule.networks):
            return rule.allow
    return False


@given(_rules, _addresses.map(IPv4Address), some.integers(*PORTS))
def test_an_address_is_in_a_gap_exactly_if_the_rules_block_it(
    rules: list[Rule], address: IPv4Address, port: int
) -> None:
    found = reach.gaps(rules, *PORTS)

    inside = [gap for gap in found if gap.first <= port <= gap.last]
    assert len(inside) <= 1
    assert any(address in network for gap in inside for network in gap.networks) != passes(rules, address, port)


@given(_rules)
def test_gaps_are_ordered_disjoint_and_within_the_range(rules: list[Rule]) -> None:
    edges = [edge for gap in reach.gaps(rules, *PORTS) for edge in (gap.first, gap.last + 1)]

    assert edges == sorted(edges)
    assert not edges or (edges[0] >= PORTS[0] and edges[-1] <= PORTS[1] + 1)


def test_addresses_that_are_not_on_the_internet_do_not_count() -> None:
    outside = [Rule(False, (IPv4Network("10.0.0.0/8"), IPv4Network("224.0.0.0/3"))), Rule(True, (ANYWHERE,))]

    assert reach.gaps(outside, 5000, 5000) == []


def test_without_rules_everything_is_blocked_for_all_addresses() -> None:
    [gap] = reach.gaps([], 1024, 65535)

    assert (gap.ports, gap.share, gap.is_small) == ("1024-65535", 1, False)


def test_a_gap_is_small_up_to_a_256th_of_all_addresses() -> None:
    assert Gap(1, 1, (IPv4Network("8.0.0.0/8"),)).is_small
    assert not Gap(1, 1, (IPv4Network("8.0.0.0/8"), IPv4Network("9.9.9.9/32"))).is_small


def test_one_blocked_port_in_a_hundred_is_passable() -> None:
    shut = reach.gaps([Rule(False, (ANYWHERE,), 1, 1), Rule(True, (ANYWHERE,))], 1, 100)

    assert reach.is_passable(shut, 1, 100)
    assert not reach.is_passable(shut, 1, 99)
