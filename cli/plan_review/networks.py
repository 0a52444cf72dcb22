"""Ranges of addresses: which of them are as wide as the internet.

A set of ranges counts as public if it holds more addresses than a /8 of IPv4 or a /32 of IPv6, private ranges left out.
That is Amazon S3's rule for aws:SourceIp, "The meaning of public":
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any, Final

Network = IPv4Network | IPv6Network

_PRIVATE: Final = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7"))
)
_MOST: Final = {4: 2**24, 6: 2**96}
"""Addresses of the widest ranges that are not public, by version of IP."""


def network(text: Any) -> Network | None:
    """Return a range in CIDR notation as a network; None if the text is not one."""
    if not isinstance(text, str) or "/" not in text:
        return None
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def is_internet(ranges: Iterable[Any]) -> bool:
    """Return whether ranges together are public, however they are split: 0.0.0.0/1 and 128.0.0.0/1, for example."""
    found = [one for text in ranges if (one := network(text)) is not None and not _is_private(one)]
    fours = [one for one in found if isinstance(one, IPv4Network)]
    sixes = [one for one in found if isinstance(one, IPv6Network)]
    totals = (
        (4, sum(one.num_addresses for one in collapse_addresses(fours))),
        (6, sum(one.num_addresses for one in collapse_addresses(sixes))),
    )
    return any(total > _MOST[version] for version, total in totals)


def is_within(inner: Network, outer: Network) -> bool:
    """Return whether a network is a part of another one, or the same."""
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


def _is_private(found: Network) -> bool:
    return any(is_within(found, private) for private in _PRIVATE)
