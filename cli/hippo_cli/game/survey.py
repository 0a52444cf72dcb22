"""A program for the study's Python: prints what is installed there, as JSON.

    python survey.py CartPole-v1 some text …

Its arguments are texts that may be ids of environments. It imports only the standard library, and
gymnasium if there is one. The JSON object has `python` ([3, 12]), `play` (the folder of hippo_play,
or null), `distributions` (a list of `name`, `version`, `requires` and `local`: not from a package
index), `modules` (a module → the distributions that provide it) and `environments` (an id → the
module that defines it).
"""

from __future__ import annotations

import importlib.util
import json
import sys
from importlib import metadata
from typing import Any


def survey(texts: list[str]) -> dict[str, Any]:
    """Return the object that this program prints."""
    return {
        "python": list(sys.version_info[:2]),
        "play": _play(),
        "distributions": [_described(each) for each in metadata.distributions()],
        "modules": {name: list(found) for name, found in metadata.packages_distributions().items()},
        "environments": _environments(texts),
    }


def _play() -> str | None:
    spec = importlib.util.find_spec("hippo_play")
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return str(places[0]) if places else None


def _described(found: metadata.Distribution) -> dict[str, Any]:
    return {
        "name": found.metadata["Name"],
        "version": found.version,
        "requires": found.requires or [],
        "local": found.read_text("direct_url.json") is not None,
    }


def _environments(texts: list[str]) -> dict[str, str]:
    try:
        import gymnasium
    except ImportError:
        return {}
    found = {}
    for text in texts:
        entry = gymnasium.registry.get(text)
        if entry is not None and isinstance(entry.entry_point, str):
            found[text] = entry.entry_point.partition(":")[0]
    return found


if __name__ == "__main__":
    json.dump(survey(sys.argv[1:]), sys.stdout)
