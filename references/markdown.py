"""Markdown: tables, anchors, and sections of a document between markers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

NOTICE: Final = "<!-- Made from {source} by `make references`: change that, not this. -->"


def notice(source: str) -> str:
    """Return the comment at the top of a generated document, which names its source."""
    return NOTICE.format(source=source)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; escapes bars and line breaks within a cell."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell(text) for text in line) + " |\n" for line in lines)


def cell(text: str) -> str:
    """Return a text escaped for a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")


def anchor(heading: str) -> str:
    """Return the anchor that GitHub and MkDocs generate for a heading without markup."""
    return re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")


def with_section(document: str, name: str, text: str) -> str:
    """Return a document with `text` between its markers `<!-- begin NAME -->` and `<!-- end NAME -->`.

    Raises:
        ValueError: the document does not hold each marker once.
    """
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    if document.count(begin) != 1 or document.count(end) != 1 or document.index(begin) > document.index(end):
        raise ValueError(f"expected one {begin.strip()} before one {end}")
    before, _, rest = document.partition(begin)
    return f"{before}{begin}{text}{end}{rest.partition(end)[2]}"
