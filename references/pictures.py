"""Inserts the diagrams of docs/pictures (Mermaid) into documents; GitHub and the site draw them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from references import markdown

SHOWN: Final = {
    "README.md": "architecture",
    "docs/architecture.md": "architecture",
    "docs/lifecycle.md": "lifecycle",
}
"""Document -> the diagram between its markers `picture`."""


def pages(root: Path) -> dict[Path, str]:
    """Return path -> text of each document that shows a diagram.

    Raises:
        ValueError: a document lacks its markers.
    """
    made = {}
    for name, picture in SHOWN.items():
        source = (root / "docs" / "pictures" / f"{picture}.mmd").read_text(encoding="utf-8")
        block = f"<!-- Made from docs/pictures/{picture}.mmd by `make references`. -->\n```mermaid\n{source}```\n"
        document = (root / name).read_text(encoding="utf-8")
        made[root / name] = markdown.with_section(document, "picture", block)
    return made
