"""Values that hurt, and damage to values that do not.

Everything is drawn from one `random.Random`, so that the seed of an event repeats it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

_SCHEMAS: Final = Path(__file__).resolve().parents[2] / "schemas"

TEXTS: Final = (
    "",
    " ",
    "..",
    ".",
    "../study",
    "study/../other",
    "study/Users/ada",
    "%2e%2e%2fother",
    "..\\other",
    "/",
    "//other",
    "other/1_consent.html",
    "_versions",
    "_sessions/live/ada",
    "Users",
    "Trials",
    "project_master_list.json",
    "ada\n",
    "ada\x00",
    "\x00",
    "\x1b[31m",
    " ada",
    "-ada",
    "ada-",
    "a_b",
    "a" * 48,
    "a" * 49,
    "a" * 64,
    "x" * 2_000,
    "é" * 600,
    "ADA",
    "\u212aelvin",  # KELVIN SIGN, which is "k" in lower case
    "\u0130stanbul",  # two characters in lower case
    "ﬁ",
    "\u202eada",
    "\U0001d552\U0001d555\U0001d552",  # letters of mathematics
    "\ud800",
    "a\udfffb",
    "prefetch;prerender",
    "facebookexternalhit/1.1",
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "NaN",
    "game",
    "wait",
    "current",
    "finalStep",
    "9" * 400,
    "<script>alert(1)</script>",
    "' or 1=1 --",
    "${jndi:ldap://example.net/a}",
    "{{7*7}}",
    "www",
    "study",
    "other",
    "signed",
    "ada",
    "1",
    "2",
)
"""Texts for ids, steps, headers and values."""


def _deep(levels: int, kind: str) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value] if kind == "list" else {"a": value}
    return value


VALUES: Final[tuple[Callable[[], Any], ...]] = (
    lambda: None,
    lambda: True,
    lambda: False,
    lambda: 0,
    lambda: -1,
    lambda: 1.5,
    lambda: 1e308,
    lambda: float("inf"),
    lambda: float("nan"),
    lambda: 10**299,
    lambda: 10**400,
    lambda: -(10**400),
    lambda: 2**63,
    list,
    dict,
    lambda: [[]],
    lambda: [None],
    lambda: {"": None},
    lambda: {"__proto__": {}},
    lambda: _deep(31, "list"),
    lambda: _deep(33, "dict"),
    lambda: _deep(200, "dict"),
    lambda: ["x"] * 500,
    lambda: {str(number): number for number in range(300)},
    lambda: "x" * 20_000,
    lambda: "2026-11-22T12:00:00+00:00",
    lambda: "0001-01-01T00:00:00+14:00",
    lambda: "9999-12-31T23:59:59-14:00",
    lambda: "20261122-0f3c5d7e9a1b2c4d",
    lambda: "99999999-0000000000000000",
)

BODIES: Final[tuple[Callable[[], str | None], ...]] = (
    lambda: None,
    lambda: "",
    lambda: "null",
    lambda: "[]",
    lambda: "{",
    lambda: "{}{}",
    lambda: '{"a": 1, "a": 2}',
    lambda: '\ufeff{"a": 1}',
    lambda: "NaN",
    lambda: '{"a": Infinity}',
    lambda: '{"a": 1e400}',
    lambda: '{"a": ' + "9" * 5_000 + "}",
    lambda: "[" * 100_000,
    lambda: '{"a":' * 5_000 + "1" + "}" * 5_000,
    lambda: '{"a": "' + "x" * 270_000 + '"}',
    lambda: '{"a": "' + "x" * 60_000 + '"}',
    lambda: '{"a": "\\ud800"}',
    lambda: '{"\\udfff": "a"}',
    lambda: '{"a": "\ud800"}',
    lambda: '{"a": "\\u0000"}',
    lambda: "a=1&b=2",
    lambda: "--boundary\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--boundary--",
    lambda: "<a/>",
    lambda: "\x00" * 100,
)
"""Bodies of requests that are no forms, or forms at the limits."""


def _names() -> Iterator[str]:
    for path in sorted(_SCHEMAS.glob("*.json")):
        yield from re.findall(r'"([A-Za-z][A-Za-z0-9_-]{1,30})": *\{', path.read_text("utf-8"))


NAMES: Final = (*sorted(set(_names())), "__proto__", "constructor", "", "a" * 300)
"""Names of keys: all that a schema of the product describes, and some that none does."""


def text(random: Random) -> str:
    """Return a text that hurts."""
    return random.choice(TEXTS)


def value(random: Random) -> Any:
    """Return a value of any type."""
    return text(random) if random.random() < 0.4 else random.choice(VALUES)()


def damaged(random: Random, whole: Any, times: int = 1) -> Any:
    """Return a copy of a JSON value with some of its parts replaced, removed, added or wrapped."""
    whole = copy.deepcopy(whole)
    for _ in range(times):
        whole = _damaged_once(random, whole)
    return whole


def _damaged_once(random: Random, whole: Any) -> Any:
    places = list(_places(whole))
    if not places or random.random() < 0.04:
        return value(random)
    container, key = random.choice(places)
    kind = random.randrange(6)
    if kind == 0:
        del container[key]
    elif kind == 1 and isinstance(container, dict):
        container[random.choice(NAMES)] = value(random)
    elif kind == 2:
        container[key] = [container[key]]
    elif kind == 3:
        container[key] = {random.choice(NAMES): container[key]}
    elif kind == 4:
        container[key] = str(container[key])
    else:
        container[key] = value(random)
    return whole


def _places(whole: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container with each of its keys; a few levels of a deep value."""
    waiting = [whole]
    for _ in range(8):
        level, waiting = waiting, []
        for each in level:
            parts = each.items() if isinstance(each, dict) else enumerate(each) if isinstance(each, list) else ()
            for key, part in parts:
                yield each, key
                waiting.append(part)


def form(random: Random) -> str:
    """Return the body of a form as the page sends it; small, and no two alike."""
    fields = {f"field-{number}": random.choice(("yes", "no", "é", "7", text(random))) for number in range(3)}
    return json.dumps({"token": f"{random.getrandbits(64):016x}", **fields})
