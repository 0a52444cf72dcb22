"""Values of any library as plain JSON, without a loss of precision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it.

    A 32-bit float becomes the shortest decimal that rounds to the same 32 bits, so that records
    stay short and exact. Not-a-number and infinities become their names; objects of other types
    their `repr`.

    >>> plain(numpy.float32(0.1)), plain((1, numpy.array([True, False])))
    (0.1, [1, [True, False]])
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, numpy.ndarray):
        return plain(list(value)) if value.ndim else plain(value[()])
    if isinstance(value, numpy.bool_):
        return bool(value)
    if isinstance(value, int | numpy.integer):
        return int(value)
    if isinstance(value, float | numpy.floating):
        exact = float(str(value))
        return exact if math.isfinite(exact) else str(exact)
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(each) for each in value]
    return repr(value)


def count(value: Any) -> int:
    """Return how many numbers a value holds."""
    if isinstance(value, numpy.ndarray):
        return int(value.size)
    if isinstance(value, Mapping):
        return sum(count(each) for each in value.values())
    if isinstance(value, tuple | list):
        return sum(count(each) for each in value)
    return 1


def number(value: float) -> int | float:
    """Return a score with as many digits as it needs: sums of floats carry rounding errors.

    >>> number(0.1 + 0.2), number(-3.0)
    (0.3, -3)
    """
    rounded = round(float(value), 9)
    return int(rounded) if rounded.is_integer() else rounded
