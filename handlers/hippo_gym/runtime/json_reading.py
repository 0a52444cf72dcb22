"""Reads JSON that comes from outside: requests, messages, and objects that others can write.

Python's own reader raises RecursionError for deep nesting, a ValueError about the interpreter's
settings for an integer of more than 4,300 digits, and accepts NaN and Infinity, which are not JSON
(RFC 8259, section 6). What it reads may still be too deep or too large for what comes next: writing
it again, comparing it with a schema, turning a number into a float. The limits here keep all of
that safe.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from typing import Any, Final, NoReturn

MAX_DEPTH: Final = 32
"""Levels of lists and objects. `[]` is one level."""

MAX_DIGITS: Final = 300
"""Digits of an integer; a float, and so JavaScript, holds numbers of up to 308."""


class NotJson(ValueError):
    """A text is not JSON; the message continues "it …" or "the body …"."""


class BeyondLimits(NotJson):
    """A text may be JSON, but it is nested too deeply, or has a number that is too large."""


_CONTAINERS: Final = (dict, list)
_SEQUENCES: Final = (list, tuple)
_MAPPINGS: Final = (dict, Mapping)
"""dict first: the check of an abstract class is slow."""

_TOO_DEEP: Final = f"is nested deeper than {MAX_DEPTH} levels"
_TOO_LONG: Final = f"has a whole number of more than {MAX_DIGITS} digits"
_TOO_LARGE: Final = "has a number that is too large"


def read(text: str | bytes) -> Any:
    """Parse JSON.

    Raises:
        BeyondLimits: it is nested too deeply, or has a number that is too large.
        NotJson: it is not JSON in UTF-8.
    """
    try:
        written = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        value = json.loads(written, parse_int=_integer, parse_float=_float, parse_constant=_no_constant)
    except NotJson:
        raise
    except RecursionError as error:
        raise BeyondLimits(_TOO_DEEP) from error
    except UnicodeDecodeError as error:
        raise NotJson("is not text in UTF-8") from error
    except json.JSONDecodeError as error:
        raise NotJson(f"is not JSON (line {error.lineno}, column {error.colno}: {error.msg})") from error
    if _is_deep(value):
        raise BeyondLimits(_TOO_DEEP)
    return value


def beyond_limits(value: Any) -> str | None:
    """Return how a parsed value exceeds the limits of `read`, such as "is nested …"; None if it does not.

    For values that another program has parsed, such as the event of an invocation.
    """
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        for each in level:
            if isinstance(each, float) and not math.isfinite(each):
                return _TOO_LARGE
            if isinstance(each, int) and abs(each) >= 10**MAX_DIGITS:
                return _TOO_LONG
        level = [part for each in level for part in _parts(each)]
        if not level:
            return None
    return _TOO_DEEP


def _is_deep(value: Any) -> bool:
    """Return whether what json.loads returned is nested too deeply."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [part for each in level for part in _parts(each) if isinstance(part, _CONTAINERS)]
        if not level:
            return False
    return True


def _parts(value: Any) -> Collection[Any]:
    if isinstance(value, _MAPPINGS):
        return value.values()
    return value if isinstance(value, _SEQUENCES) else ()


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise BeyondLimits(_TOO_LONG)
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise BeyondLimits(_TOO_LARGE)
    return number


def _no_constant(name: str) -> NoReturn:
    raise NotJson(f"is not JSON: {name} is not a number in JSON")
