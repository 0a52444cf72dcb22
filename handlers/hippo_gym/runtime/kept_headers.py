"""What is kept of a participant's address and browser: nothing, the outline, or the whole.

A deployment has defaults, and a study may choose for itself. Of all other headers nothing is kept.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hippo_gym.runtime.http import HttpRequest
from hippo_gym.runtime.settings import KeepAddresses, KeepBrowser
from hippo_gym.runtime.user_agents import family_of

_NETWORK_BITS: Final = {4: 24, 6: 48}
"""Bits that remain of a coarse address: 256 addresses of IPv4, one site of IPv6 (RFC 6177)."""

_LONGEST_USER_AGENT: Final = 1_000  # characters; a longer one is no browser's, and is not kept
_ADDRESS: Final = "x-forwarded-for"
_BROWSER: Final = "user-agent"


@dataclass(frozen=True)
class Keep:
    """What is kept: of the client's address, and of its browser."""

    addresses: KeepAddresses = KeepAddresses.COARSE
    browser: KeepBrowser = KeepBrowser.FAMILY


@dataclass(frozen=True)
class Chosen:
    """What a study's entry says about it; None: the deployment's default."""

    addresses: KeepAddresses | None = None
    browser: KeepBrowser | None = None

    def over(self, default: Keep) -> Keep:
        """Return what is kept in this study."""
        return Keep(self.addresses or default.addresses, self.browser or default.browser)


DEFAULT: Final = Keep()
NOT_CHOSEN: Final = Chosen()


def chosen(entry: Mapping[str, Any]) -> Chosen:
    """Read the keys `keepAddresses` and `keepBrowser` of a valid entry."""
    addresses, browser = entry.get("keepAddresses"), entry.get("keepBrowser")
    return Chosen(addresses and KeepAddresses(addresses), browser and KeepBrowser(browser))


def kept(request: HttpRequest, keep: Keep) -> dict[str, str]:
    """Return the headers that a record keeps of a request, by names in lower case.

    `x-forwarded-for` is the address, or its network such as `203.0.113.0/24`; `user-agent` is the
    browser, or its family in the same form. Scripts have always read these two names.
    """
    headers: dict[str, str] = {}
    address = address_of(request, keep.addresses)
    if address is not None:
        headers[_ADDRESS] = address
    browser = _browser(request.headers, keep.browser)
    if browser is not None:
        headers[_BROWSER] = browser
    return headers


def address_of(request: HttpRequest, keep: KeepAddresses) -> str | None:
    """Return what is kept of the client's address; None if nothing, or if there is no valid address."""
    if keep is KeepAddresses.NO or request.address is None:
        return None
    address = _parsed(request.address)
    if address is None:
        return None
    if keep is KeepAddresses.YES:
        return str(address)
    return str(ipaddress.ip_network((address, _NETWORK_BITS[address.version]), strict=False))


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address, also with a port or a zone; None if it is none."""
    text = text.strip()
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 203.0.113.7:51000
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # IPv4 in the form of IPv6, ::ffff:203.0.113.7: the network of 48 bits would be that of all.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _browser(headers: Mapping[str, str], keep: KeepBrowser) -> str | None:
    sent = next((value for name, value in headers.items() if name.lower() == _BROWSER), None)
    if keep is KeepBrowser.NO or not sent:
        return None
    if keep is KeepBrowser.FAMILY:
        return str(family_of(sent))
    return sent if len(sent) <= _LONGEST_USER_AGENT else None
