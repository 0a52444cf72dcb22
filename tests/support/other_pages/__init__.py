"""75 pages of the kinds that other systems write: questionnaires, consents, instructions.

None is copied: each function writes a page as one system or editor marks it up, and every kind is
written for three instruments or languages.

parts      the texts, the parts that several pages share, and the register of the kinds
tools      pages that survey and experiment systems write
documents  pages that people, editors and converters write
"""

from __future__ import annotations

from tests.support.other_pages import documents, tools
from tests.support.other_pages.parts import KINDS

__all__ = ["documents", "pages", "tools"]


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {f"{name}_{text.lang}.html": write(text) for name, (write, texts) in KINDS.items() for text in texts}
