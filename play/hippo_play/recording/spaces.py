"""Spaces of observations and actions as JSON, for the record: a data set of a game states them.

Every description has `type`, the name of gymnasium's class. Box has `dtype`, `shape`, `low` and `high`:
one number if all parts have the same bound, else nested lists; infinities are the texts inf and -inf.
Discrete has `n` and `start`; MultiDiscrete `nvec`, `start` and `dtype`; MultiBinary `n`; Text
`min_length`, `max_length` and `characters`; Dict and Tuple `spaces`. A space of another class has its
type alone.
"""

from __future__ import annotations

from typing import Any, Final

import numpy
from gymnasium.envs.registration import EnvSpec

from ..plain import plain

_MOST_BOUNDS: Final = 4096
"""Bounds that differ from part to part are recorded up to this number; without them a Box has no `low` and `high`."""


def described(space: Any) -> dict[str, Any] | None:
    """Return the description of a space of gymnasium or old gym; None without a space."""
    if space is None:
        return None
    match next((each.__name__ for each in type(space).__mro__ if each.__name__ in _KNOWN), None):
        case "Box":
            shape, bounds = list(space.shape), {"low": _bound(space.low), "high": _bound(space.high)}
            known = {name: value for name, value in bounds.items() if value is not None}
            return {"type": "Box", "dtype": str(space.dtype), "shape": shape, **known}
        case "Discrete":
            return {"type": "Discrete", "n": int(space.n), "start": int(getattr(space, "start", 0))}
        case "MultiDiscrete":
            start = getattr(space, "start", numpy.zeros_like(space.nvec))
            return {
                "type": "MultiDiscrete",
                "dtype": str(space.dtype),
                "nvec": plain(space.nvec),
                "start": plain(numpy.asarray(start)),
            }
        case "MultiBinary":
            return {"type": "MultiBinary", "n": plain(space.n)}
        case "Text":
            return {
                "type": "Text",
                "min_length": space.min_length,
                "max_length": space.max_length,
                "characters": space.characters,
            }
        case "Dict":
            return {"type": "Dict", "spaces": {str(name): described(each) for name, each in space.spaces.items()}}
        case "Tuple":
            return {"type": "Tuple", "spaces": [described(each) for each in space.spaces]}
    return {"type": type(space).__name__}


_KNOWN: Final = frozenset({"Box", "Discrete", "MultiDiscrete", "MultiBinary", "Text", "Dict", "Tuple"})


def spec_text(environment: Any) -> str | None:
    """Return gymnasium's spec of an environment as JSON, with its arguments; None if it has none that JSON holds."""
    spec = getattr(environment, "spec", None)
    if not isinstance(spec, EnvSpec):
        return None
    try:
        return spec.to_json()
    except (TypeError, ValueError):
        return None


def _bound(values: Any) -> Any:
    found = numpy.asarray(values)
    if found.size and bool((found == found.flat[0]).all()):
        return plain(found.flat[0])
    return plain(found) if found.size <= _MOST_BOUNDS else None
