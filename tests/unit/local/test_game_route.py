"""The CloudFront Function of the edge route: its own file in Node, with a fake `cloudfront` module."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hippo_gym.sessions.edge import EdgeServer, path_of
from hippo_gym.sessions.edge_keys import EdgeKey
from local.edge.function import FILE, EdgeFunction, FunctionFailedError, Ran

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")

ROOT: Final = "studies.example.net"
NOW: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEW, OLD = EdgeKey("k2", "N" * 43), EdgeKey("k1", "O" * 43)
KEYS: Final = {key.id: key.secret for key in (NEW, OLD)}
SERVER: Final = EdgeServer("20261122-0f3c5d7e9a1b2c4d-2", 5000, NOW + timedelta(hours=1), "the-session-s-token")

LARGEST: Final = 10 * 1024
"""Bytes of a function (Amazon CloudFront developer guide, "Restrictions on CloudFront Functions")."""


@pytest.fixture(scope="module")
def function() -> Iterator[EdgeFunction]:
    made = EdgeFunction(ROOT)
    yield made
    made.close()


def run(function: EdgeFunction, path: str, keys: Mapping[str, str] = KEYS) -> Ran:
    return function.run(path, keys, {"Host": "study.example.net"}, int(NOW.timestamp() * 1000))


def signed(key: EdgeKey = NEW, until: datetime = SERVER.until, **changes: Any) -> str:
    return path_of(replace(SERVER, until=until, **changes), key, until)


# --- what it sends on ---

# The fields of updateRequestOrigin with what each allows (Amazon CloudFront developer guide, "Helper
# methods for origin modification").
ALLOWED: Final[Mapping[str, Callable[[Any], bool]]] = {
    "domainName": lambda value: len(value) <= 253 and ":" not in value and not re.fullmatch(r"[\d.]+", value),
    "customHeaders": lambda value: value == {},
    "connectionAttempts": lambda value: value in (1, 2, 3),
    "timeouts.connectionTimeout": lambda value: 1 <= value <= 10,
    "timeouts.readTimeout": lambda value: 1 <= value <= 120,
    "timeouts.keepAliveTimeout": lambda value: 1 <= value <= 120,
    "customOriginConfig.port": lambda value: value in (80, 443) or 1024 <= value <= 65535,
    "customOriginConfig.protocol": lambda value: value in ("http", "https"),
    "customOriginConfig.sslProtocols": lambda value: set(value) <= {"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"} and value,
    "customOriginConfig.ipAddressType": lambda value: value in ("ipv4", "ipv6", "dualstack"),
    "originAccessControlConfig.enabled": lambda value: value is False,
    "originShield.enabled": lambda value: value is False,
}


def _flat(value: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, part in value.items():
        if isinstance(part, Mapping) and part:
            found |= _flat(part, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = part
    return found


def test_each_field_of_the_origin_has_a_value_that_cloudfront_allows(function: EdgeFunction) -> None:
    origin = _flat(run(function, signed()).origin or {})
    assert set(origin) == set(ALLOWED)
    assert {name: value for name, value in origin.items() if not ALLOWED[name](value)} == {}


def test_a_signed_path_leads_to_its_attempt_s_name_and_port(function: EdgeFunction) -> None:
    ran = run(function, signed())
    assert ran.response is None
    assert ran.origin is not None
    assert ran.origin["domainName"] == f"{SERVER.label}.{ROOT}"
    assert (ran.origin["customOriginConfig"]["port"], ran.origin["customOriginConfig"]["protocol"]) == (5000, "http")


def test_a_silent_server_is_given_up_before_the_page_does(function: EdgeFunction) -> None:
    """The page gives a connection ten seconds (frontend/modules/game/connection.js)."""
    origin = run(function, signed()).origin or {}
    assert origin["connectionAttempts"] * origin["timeouts"]["connectionTimeout"] < 10


def test_both_keys_are_valid_while_one_replaces_the_other(function: EdgeFunction) -> None:
    for key in (NEW, OLD):
        assert run(function, signed(key)).response is None
    assert _refusal(run(function, signed(OLD), {NEW.id: NEW.secret})) == "key"


# --- what it refuses ---


def _refusal(ran: Ran) -> str | None:
    assert ran.origin is None or ran.response is None
    if ran.response is None:
        return None
    assert ran.origin is None, "a refused path changes no origin"
    assert ran.response["statusCode"] == 403
    assert ran.response["headers"]["cache-control"]["value"] == "no-store"
    return str(ran.response["headers"]["x-hippo-refused"]["value"])


OTHER: Final = "20261122-1111111111111111-1"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (signed(EdgeKey("k2", "X" * 43)), "signature"),
        (signed().replace(SERVER.label, OTHER), "signature"),
        (signed().replace(".5000.", ".22000."), "signature"),
        (signed().replace(str(int(SERVER.until.timestamp())), str(int(SERVER.until.timestamp()) + 1)), "signature"),
        (signed()[:-43] + signed(label=OTHER)[-43:], "signature"),
        (signed(EdgeKey("k9", "N" * 43)), "key"),
        (signed(until=NOW), "expired"),
        (signed(until=NOW - timedelta(days=3)), "expired"),
        (signed(port=22), "form"),
        (signed(port=70000), "form"),
        (signed(label="a" * 64), "form"),
        (signed(label="UPPER"), "form"),
        (signed(label="evil.example.com"), "form"),
        (signed(label="a_b"), "form"),
        (signed(label="x%2e"), "form"),
        (signed(EdgeKey("constructor", "N" * 43)), "key"),
        (signed(EdgeKey("__proto__", "N" * 43)), "form"),
        (signed() + "/", "form"),
        (signed() + "\n", "form"),
        ("/game/", "form"),
        ("/game/" + "a" * 8000, "form"),
        ("/other/" + signed(), "form"),
    ],
)
def test_a_path_that_the_deployment_did_not_sign_is_refused(function: EdgeFunction, path: str, reason: str) -> None:
    assert _refusal(run(function, path)) == reason


@settings(max_examples=150, deadline=None)
@given(some.data())
def test_no_change_of_a_signed_path_leads_anywhere_else(function: EdgeFunction, data: some.DataObject) -> None:
    path = signed()
    at = data.draw(some.integers(0, len(path) - 1))
    changed = path[:at] + data.draw(some.characters(codec="utf-8")) + path[at + data.draw(some.integers(0, 2)) :]
    ran = run(function, changed)
    assert (ran.response is None) == (changed == path)


# --- what it costs ---


def test_the_function_is_smaller_than_cloudfront_allows() -> None:
    assert len(FILE.read_bytes().replace(b"{{root_domain}}", b"d" * 253)) < LARGEST


def test_its_code_keeps_to_cloudfront_s_javascript() -> None:
    """Only what the developer guide lists for runtime 2.0, and none of Node's own modules."""
    code = re.sub(r"//.*", "", FILE.read_text())
    for form in (
        r"\?\.",
        r"\bclass\b",
        r"\?\?",
        r"(const|let) [\[{]",
        r"\.\.\.",
        r"\brequire\b",
        r"\bfetch\b",
        r"\bBuffer\b",
    ):
        assert not re.search(form, code), form
    assert re.findall(r"^import .*$", code, re.MULTILINE) == [
        "import cf from 'cloudfront';",
        "import crypto from 'crypto';",
    ]


@pytest.mark.parametrize(("path", "most"), [(signed(), 3), (signed(EdgeKey("k2", "X" * 43)), 3), ("/game/x", 0)])
def test_a_run_takes_few_macs_and_at_most_one_read(function: EdgeFunction, path: str, most: int) -> None:
    """CloudFront limits the compute time of a run; MACs and reads of the store are what takes it."""
    used = run(function, path).used
    assert (used["macs"], used["reads"]) == (most, min(most, 1))


def test_a_closed_function_starts_no_process_again() -> None:
    closed = EdgeFunction(ROOT)
    run(closed, "/game/x")
    closed.close()
    with pytest.raises(FunctionFailedError, match="closed"):
        run(closed, "/game/x")
