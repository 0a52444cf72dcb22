"""Texts in CSV files, so that a spreadsheet shows them and never runs them as formulas.

A participant's answer `=HYPERLINK(…)` in a CSV file is a formula for Excel and LibreOffice. The OWASP
Application Security Verification Standard 5.0 (requirement 1.2.10) asks for a single quote before
such a text; its advice on CSV injection names the characters, with their full-width forms. A text
that has such quotes already gets one more, so that `unguarded` restores every text exactly.
"""

from __future__ import annotations

import re
from typing import Final

_FORMULA_STARTS: Final = "=+@\t\r\n\x00\uff1d\uff0b\uff0d\uff20-"
_NEEDS_QUOTE: Final = re.compile(f"'*[{_FORMULA_STARTS}]")
_HAS_QUOTE: Final = re.compile(f"''*[{_FORMULA_STARTS}]")

ABOUT: Final = (
    "a text that begins with = + - @ (or their full-width forms), a tab, a line end or a null character, after any "
    "number of single quotes, has one more single quote before it, so that spreadsheets show it as text; to undo this, "
    "remove the first quote of every text that matches the pattern"
)
PATTERN: Final = r"^'('*[=+\-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20])"
"""The first quote of a guarded text, then the rest as group 1; the same in Python and JavaScript."""


def guarded(text: str) -> str:
    """Return a text with a single quote before it, if a spreadsheet might run it as a formula."""
    return f"'{text}" if _NEEDS_QUOTE.match(text) else text


def unguarded(cell: str) -> str:
    """Return the text that `guarded` got."""
    return cell[1:] if _HAS_QUOTE.match(cell) else cell
