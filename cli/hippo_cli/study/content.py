"""Checks the content of a page: its encoding, its size, its HTML, and its Submit button."""

from __future__ import annotations

import codecs
import json
from collections.abc import Collection, Iterator
from typing import Final

from hippo_cli.study import markup
from hippo_cli.study.findings import Finding, Place, Severity
from hippo_gym.participants.pages import EXIT

_LARGEST_ANSWER: Final = 6_291_556
"""Bytes of a function's response (AWS Lambda quotas: 6 MB for each synchronous response)."""

_LARGE: Final = 1_000_000  # bytes from which a page is reported as slow to load
_LINK_PICTURES: Final = (
    "Put its pictures into the folder `assets` beside config.yml, and write their addresses: assets/…"
)


def judge(file: str, content: bytes, *, ends: bool, leads_on: bool, files: Collection[str] = ()) -> Iterator[Finding]:
    """Yield the faults of a page.

    Args:
        file: the page's file name, for the places.
        content: the file's content.
        ends: the study ends with this page.
        leads_on: a step follows this page.
        files: the names of the study's files in its folder `assets`.
    """
    place = Place(file)
    wide = _utf_16(content)
    if wide is not None:
        what = f"this is UTF-16 text ({wide}): the browser would show it as single letters between signs"
        yield Finding(Severity.ERROR, "page-encoding", place, what, "Save the page as UTF-8 in your editor.")
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = Place(file, content.count(b"\n", 0, error.start) + 1)
        what = "this is not UTF-8 text: the browser would show some letters as �"
        yield Finding(Severity.ERROR, "page-encoding", at, what, "Save the page as UTF-8 in your editor.")
        return
    size = len(json.dumps(json.dumps({"page": text}, ensure_ascii=False), ensure_ascii=False).encode())
    if size > _LARGEST_ANSWER:
        what = f"the page is too large to be served: {len(content) / 1e6:.1f} MB"
        yield Finding(Severity.ERROR, "page-too-large", place, what, _LINK_PICTURES, "about 5 MB")
    elif len(content) > _LARGE:
        what = f"the page is large and loads slowly: {len(content) / 1e6:.1f} MB"
        yield Finding(Severity.WARNING, "page-large", place, what, _LINK_PICTURES)
    if not text.strip():
        yield Finding(Severity.WARNING, "page-empty", place, "the page is empty", "Write the text for participants.")
        return
    page = markup.read(text, file, files)
    yield from page.findings
    yield from _of_exit(place, text, page, ends=ends, leads_on=leads_on)


def _utf_16(content: bytes) -> str | None:
    """Return how a page is recognised as UTF-16; None if it is not.

    Without a mark, every second byte of the letters and signs of HTML is zero.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "by its first bytes"
    start = content[:2000]
    zeros = max(start[parity::2].count(0) for parity in (0, 1))
    return "without a mark" if len(start) >= 4 and zeros > len(start) / 6 else None


def _of_exit(place: Place, text: str, page: markup.Markup, *, ends: bool, leads_on: bool) -> Iterator[Finding]:
    """Yield the faults of the text that hides the Submit button."""
    line = text[: text.find(EXIT)].count("\n") + 1
    at = Place(place.file, line)
    if page.exits and page.fields:
        what = f"`{EXIT}` hides the Submit button, so the answers of this page cannot be sent"
        yield Finding(
            Severity.ERROR, "exit-with-fields", at, what, "Move the questions to an earlier step, or remove this text."
        )
    elif page.exits and leads_on:
        what = f"`{EXIT}` hides the Submit button, so no participant gets to the next step"
        yield Finding(Severity.ERROR, "exit-early", at, what, "Use another text here.")
    elif ends and not page.exits:
        what = "the last page shows a Submit button, which leads nowhere"
        yield Finding(Severity.WARNING, "no-exit", place, what, f"Write `{EXIT}` on it, which hides the button.")
