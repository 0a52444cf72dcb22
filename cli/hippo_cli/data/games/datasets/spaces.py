"""Spaces as records describe them (play/hippo_play/recording/spaces.py), and values as arrays of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy

Space = Mapping[str, Any]

_ARRAYS: Final = frozenset({"Box", "Discrete", "MultiDiscrete", "MultiBinary"})


class Unsupported(ValueError):
    """A data set cannot hold a space; the message names it."""


def is_array(space: Space) -> bool:
    """Return whether the values of a space are numbers or arrays of numbers."""
    return space["type"] in _ARRAYS


def stacked(space: Space, values: Sequence[Any]) -> Any:
    """Return recorded values as one array with a row for each; a dict, tuple or list for such spaces.

    Raises:
        Unsupported: the space is of another kind.
        ValueError: a value is none of the space.
    """
    kind = space["type"]
    if is_array(space):
        found = numpy.asarray(values, dtype=dtype_of(space))
        if found.shape[1:] != shape_of(space):
            raise ValueError(f"a value of shape {found.shape[1:]} is none of {shown(space)}")
        return found
    if kind == "Text":
        return [str(value) for value in values]
    if kind == "Dict":
        return {name: stacked(each, [value[name] for value in values]) for name, each in space["spaces"].items()}
    if kind == "Tuple":
        return tuple(stacked(each, [value[at] for value in values]) for at, each in enumerate(space["spaces"]))
    raise Unsupported(shown(space))


def dtype_of(space: Space) -> str:
    """Return numpy's name of the type of a space's numbers."""
    if space["type"] == "MultiBinary":
        return "int8"
    return str(space.get("dtype", "int64"))


def shape_of(space: Space) -> tuple[int, ...]:
    """Return the shape of one value."""
    if space["type"] == "Discrete":
        return ()
    if space["type"] == "MultiDiscrete":
        return numpy.shape(space["nvec"])
    if space["type"] == "MultiBinary":
        return tuple(space["n"]) if isinstance(space["n"], list) else (int(space["n"]),)
    return tuple(space["shape"])


def made(space: Space) -> Any:
    """Return the space as an object of gymnasium.

    Raises:
        Unsupported: the space is of another kind.
    """
    from gymnasium import spaces

    match space["type"]:
        case "Box":
            shape, dtype = shape_of(space), numpy.dtype(space["dtype"])
            low, high = (_bound(space.get(name), shape, dtype, name) for name in ("low", "high"))
            return spaces.Box(low, high, shape, dtype.type)
        case "Discrete":
            return spaces.Discrete(int(space["n"]), start=int(space.get("start", 0)))
        case "MultiDiscrete":
            dtype = numpy.dtype(space["dtype"])
            whole: Any = dtype.type
            nvec, start = (numpy.asarray(space[name], dtype=whole) for name in ("nvec", "start"))
            return spaces.MultiDiscrete(nvec, dtype=whole, start=start)
        case "MultiBinary":
            return spaces.MultiBinary(space["n"])
        case "Text":
            limits = {"min_length": space["min_length"], "charset": space["characters"]}
            return spaces.Text(int(space["max_length"]), **limits)
        case "Dict":
            return spaces.Dict({name: made(each) for name, each in space["spaces"].items()})
        case "Tuple":
            return spaces.Tuple([made(each) for each in space["spaces"]])
    raise Unsupported(shown(space))


def shown(space: Space) -> str:
    """Return a space in words, for a message."""
    if space["type"] in ("Dict", "Tuple"):
        inner = space["spaces"].values() if space["type"] == "Dict" else space["spaces"]
        return f"{space['type']}({', '.join(shown(each) for each in inner)})"
    facts = {name: space[name] for name in ("n", "nvec", "shape", "dtype") if name in space}
    return f"{space['type']}({', '.join(f'{name}={json.dumps(value)}' for name, value in facts.items())})"


def guessed(values: Iterable[Any], *, is_action: bool) -> Space | None:
    """Return the space that recorded values seem to be of, for records without spaces; None if they fit none.

    Whole numbers as actions make a Discrete that ends at the largest one.
    """
    shape: tuple[int, ...] | None = None
    most, are_whole = 0, True
    for value in values:
        if value is None:
            continue
        try:
            found = numpy.asarray(value, dtype=float)
        except (TypeError, ValueError):
            return None
        if shape is not None and found.shape != shape:
            return None
        shape = found.shape
        are_whole = are_whole and isinstance(value, int)
        most = max(most, int(value)) if are_whole else most
    if shape is None:
        return None
    if is_action and are_whole:
        return {"type": "Discrete", "n": most + 1, "start": 0}
    return {"type": "Box", "dtype": "float32", "shape": list(shape), "low": "-inf", "high": "inf"}


def _bound(value: Any, shape: tuple[int, ...], dtype: Any, which: str) -> Any:
    if value is None:  # too many to record
        info: Any = numpy.iinfo(dtype) if dtype.kind in "iu" else None
        infinite = -numpy.inf if which == "low" else numpy.inf
        value = infinite if info is None else (info.min if which == "low" else info.max)
    found = numpy.asarray(value, dtype=float if dtype.kind == "f" else dtype)
    return numpy.broadcast_to(found, shape).astype(dtype)
