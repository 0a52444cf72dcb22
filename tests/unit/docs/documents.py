"""The repository's documents: their commands, their text and their anchors."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md", "frontend/*.md", "schemas/*.md", "terraform/**/*.md")
    for path in ROOT.glob(pattern)
    if ".terraform" not in path.parts
)

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^(?: {4,}|\t).*$", re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")


def commands(text: str) -> str:
    """Return the code of a document: fenced and indented blocks, and code in a sentence."""
    plain = _FENCE.sub("", text)
    return "\n".join([*_FENCE.findall(text), *_INDENTED.findall(plain), *_SPAN.findall(_INDENTED.sub("", plain))])


def prose(text: str) -> str:
    """Return a document without its code, in one line."""
    return " ".join(_SPAN.sub("", _INDENTED.sub("", _FENCE.sub("", text))).split())


def headings(text: str) -> list[str]:
    """Return the headings of a document as a reader sees them, without marks of code and links."""
    found = re.findall(r"^#{1,6} +(.+?) *#*$", _FENCE.sub("", text), re.MULTILINE)
    return [re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip() for heading in found]


def anchors(text: str) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them.

    Lower case, without punctuation, spaces as hyphens, and -1, -2 … for a heading that occurs again
    (https://docs.github.com/en/get-started/writing-on-github, "Section links").
    """
    found: set[str] = set()
    for heading in headings(text):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number, unique = 0, slug
        while unique in found:
            number += 1
            unique = f"{slug}-{number}"
        found.add(unique)
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))
