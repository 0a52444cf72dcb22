"""Pieces of Markdown that are readable on GitHub, in a terminal, and as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

MAX_CHARACTERS: Final = 65_536
"""Limit of a comment on GitHub: its API answers "Body is too long (maximum is 65536 characters)"."""

RESERVED_CHARACTERS: Final = 3_000
"""Characters that are reserved for what a workflow adds around the page."""


def items(lines: Iterable[str], indent: int = 0) -> str:
    """Return a list with an item for each line."""
    return "\n".join(f"{'  ' * indent}- {line}" for line in lines)


def collapsible(summary: str, body: str) -> str:
    """Return a part that a reader opens by a click; the summary is HTML."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], right: int = 0) -> str:
    """Return a table; its last `right` columns are right-aligned."""
    rules = ["---"] * (len(headings) - right) + ["---:"] * right
    lines = [headings, rules, *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def joined(texts: Iterable[str], last: str = "and") -> str:
    """Return "a, b and c"."""
    found = list(texts)
    return f"{', '.join(found[:-1])} {last} {found[-1]}" if len(found) > 1 else "".join(found)


def first_few(texts: Sequence[str], limit: int = 4) -> str:
    """Return the first few, and how many more there are."""
    if len(texts) <= limit:
        return joined(texts)
    return f"{', '.join(texts[:limit])} and {len(texts) - limit} more"
