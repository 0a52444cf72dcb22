"""The addresses in a style sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_URL: Final = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"'\s]+))\s*\)""", re.IGNORECASE)
_IMPORTED: Final = re.compile(r"""@import\s+(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_IMPORT: Final = re.compile(r"@import\b[^;]*", re.IGNORECASE)


def urls(css: str) -> Iterator[tuple[str, int]]:
    """Yield each address in `url()`, and where it stands; an empty one is ""."""
    yield from _found(_URL, css)


def imports(css: str) -> Iterator[tuple[str, int]]:
    """Yield each address that `@import` names without `url()`, and where it stands."""
    yield from _found(_IMPORTED, css)


def without_imports(css: str) -> str:
    """Return a style sheet without its `@import` rules."""
    return _IMPORT.sub("", css)


def _found(pattern: re.Pattern[str], css: str) -> Iterator[tuple[str, int]]:
    for match in pattern.finditer(css):
        yield next((group for group in match.groups() if group), ""), match.start()
