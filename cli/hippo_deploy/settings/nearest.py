"""Finds the known name that a misspelled name probably means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the most similar known name; None if none is similar. Case, hyphens and underscores do not count."""
    plain = {_plain(each): each for each in known}
    found = get_close_matches(_plain(name), list(plain), n=1, cutoff=0.65)
    return plain[found[0]] if found else None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())
