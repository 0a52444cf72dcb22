"""What is kept of a client's address and browser."""

from __future__ import annotations

from typing import Any

import pytest

from hippo_gym.runtime import http
from hippo_gym.runtime.kept_headers import DEFAULT, Keep, address_of, kept
from hippo_gym.runtime.settings import KeepAddresses, KeepBrowser
from hippo_gym.runtime.user_agents import family_of
from tests.support.inputs import http_event

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"

FAMILIES = {
    f"{WINDOWS} {WEBKIT} Chrome/131.0.0.0 Safari/537.36": "Chrome/131 (Windows; desktop)",
    f"{WINDOWS} {WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51": "Edge/131 (Windows; desktop)",
    f"{WINDOWS} {WEBKIT} Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763": "Edge/18 (Windows; desktop)",
    f"{ANDROID} {WEBKIT} Chrome/130.0.0.0 Mobile Safari/537.36 EdgA/130.0.0.0": "Edge/130 (Android; mobile)",
    f"{IPHONE} Version/17.0 EdgiOS/130.0.2849.80 Mobile/15E148 Safari/604.1": "Edge/130 (iOS; mobile)",
    f"{WINDOWS} {WEBKIT} Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0": "Opera/115 (Windows; desktop)",
    f"{ANDROID} {WEBKIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36": (
        "Samsung-Internet/27 (Android; mobile)"
    ),
    f"{WINDOWS} {WEBKIT} Chrome/130.0.0.0 Safari/537.36 Vivaldi/7.0": "Vivaldi/7 (Windows; desktop)",
    f"{WINDOWS} {WEBKIT} Chrome/128.0.0.0 YaBrowser/24.10.0.0 Safari/537.36": "Yandex/24 (Windows; desktop)",
    f"{ANDROID} {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36": "Chrome/131 (Android; mobile)",
    f"{ANDROID} {WEBKIT} Chrome/131.0.0.0 Safari/537.36": "Chrome/131 (Android; mobile)",  # a tablet
    f"{IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1": "Chrome/131 (iOS; mobile)",
    f"{IPHONE} FxiOS/132.0 Mobile/15E148 Safari/605.1.15": "Firefox/132 (iOS; mobile)",
    f"{IPHONE} Version/17.6 Mobile/15E148 Safari/604.1": "Safari/17 (iOS; mobile)",
    f"{IPHONE} Mobile/15E148": "Safari (iOS; mobile)",
    f"{IPHONE} Mobile/15E148 Instagram 345.0.0.27.91 (iPhone14,5; iOS 17_6)": "Instagram/345 (iOS; mobile)",
    f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15": "Safari/18 (macOS; desktop)",
    f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15 Ddg/17.4": (
        "DuckDuckGo/17 (macOS; desktop)"
    ),
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0": "Firefox/132 (Linux; desktop)",
    "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0": "Firefox/132 (Android; mobile)",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/131.0.0.0 Safari/537.36": (
        "Chrome/131 (ChromeOS; desktop)"
    ),
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/131.0.0.0 Safari/537.36": (
        "Headless-Chrome/131 (Linux; desktop)"
    ),
    "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko": "Internet-Explorer/11 (Windows; desktop)",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)": "Internet-Explorer/8 (Windows; desktop)",
    "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18": "Opera/12 (Windows; desktop)",
    "Mozilla/5.0 (Linux; U; Android 4.0.3; de-de) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile "
    "Safari/534.30": "Android-Browser/4 (Android; mobile)",
    "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/52.0.2743.116 Mobile Safari/537.36 Edge/15.15063": "Edge/15 (Windows-Phone; mobile)",
    "python-requests/2.32": "other (other; desktop)",
    "My-Own-Browser/9 of Ada Lovelace": "other (other; desktop)",
    f"{WINDOWS} Chrome/99999999": "Chrome (Windows; desktop)",
    f"{WINDOWS} Firefox/١٣٢": "Firefox (Windows; desktop)",
    "": "other (other; desktop)",
}


@pytest.mark.parametrize("sent", FAMILIES, ids=FAMILIES.values())
def test_a_browser_is_known_by_its_family(sent: str) -> None:
    assert str(family_of(sent)) == FAMILIES[sent]


def test_a_family_classified_again_keeps_its_version() -> None:
    """Analyses may run the same program over old records, with whole texts, and new ones."""
    for sent in ("Chrome/131 (Windows; desktop)", "Firefox/132 (Android; mobile)"):
        assert str(family_of(sent)) == sent


def test_nothing_that_a_user_added_is_in_a_family() -> None:
    sent = f"{WINDOWS} {WEBKIT} Chrome/131.0.6778.204 Safari/537.36 lab-7 ada@example.net"
    assert str(family_of(sent)) == "Chrome/131 (Windows; desktop)"


def request(headers: dict[str, str] | None = None, **context: Any) -> http.HttpRequest:
    return http.read_request(http_event() | {"headers": headers or {}, "requestContext": context})


def from_gateway(address: str) -> http.HttpRequest:
    return request({"x-forwarded-for": "198.51.100.1"}, http={"method": "GET", "sourceIp": address})


@pytest.mark.parametrize(
    ("address", "coarse", "whole"),
    [
        ("203.0.113.7", "203.0.113.0/24", "203.0.113.7"),
        ("203.0.113.7:51000", "203.0.113.0/24", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48", "2001:db8:1:2:3:4:5:6"),
        ("[2001:db8:1::7]:443", "2001:db8:1::/48", "2001:db8:1::7"),
        ("fe80::1%eth0", "fe80::/48", "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.0/24", "203.0.113.7"),
        ("203.0.113.999", None, None),
        ("ada@example.net", None, None),
        ("", None, None),
    ],
)
def test_a_coarse_address_is_its_network(address: str, coarse: str | None, whole: str | None) -> None:
    found = from_gateway(address)
    assert (address_of(found, KeepAddresses.COARSE), address_of(found, KeepAddresses.YES)) == (coarse, whole)
    assert address_of(found, KeepAddresses.NO) is None


FORGED = {"X-Forwarded-For": "192.0.2.1, 203.0.113.7", "Forwarded": "for=192.0.2.1", "X-Real-IP": "192.0.2.1"}


@pytest.mark.parametrize(
    ("context", "address"),
    [
        ({"http": {"sourceIp": "203.0.113.7"}}, "203.0.113.7"),  # an HTTP API, or a function URL
        ({"identity": {"sourceIp": "203.0.113.7"}}, "203.0.113.7"),  # a REST API
        ({"elb": {"targetGroupArn": "arn"}}, "203.0.113.7"),  # a load balancer appends
        ({}, None),  # a gateway that says nothing
        ({"http": {"sourceIp": None}}, None),
    ],
)
def test_a_client_cannot_name_its_own_address(context: dict[str, Any], address: str | None) -> None:
    assert address_of(request(FORGED, **context), KeepAddresses.YES) == address


def test_a_whole_user_agent_is_kept_only_on_request_and_up_to_1000_characters() -> None:
    full = Keep(KeepAddresses.NO, KeepBrowser.FULL)
    assert kept(request({"User-Agent": "a" * 1000}), full) == {"user-agent": "a" * 1000}
    assert kept(request({"User-Agent": "a" * 1001}), full) == {}


def test_by_default_neither_a_whole_address_nor_another_header_is_kept() -> None:
    headers = {"user-agent": "Mozilla/5.0", "accept-language": "en-CA", "referer": "https://lab.example/?token=7"}
    found = request(headers, http={"sourceIp": "203.0.113.7"})
    assert kept(found, DEFAULT) == {"x-forwarded-for": "203.0.113.0/24", "user-agent": "other (other; desktop)"}
