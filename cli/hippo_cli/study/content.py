"""What is in a page: its encoding, its size, its HTML, and whether it lets participants go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from hippo_cli.study import markup
from hippo_cli.study.findings import Finding, Place, Severity
from hippo_gym.participants.pages import EXIT

_LARGEST_ANSWER: Final = 6_291_556
"""Bytes that a function may answer (AWS Lambda quotas: 6 MB for each synchronous response)."""

_LARGE: Final = 1_000_000
_LINK_PICTURES: Final = "Put its pictures somewhere on the web, and name them by their addresses."


def judge(file: str, content: bytes, *, ends: bool, leads_on: bool) -> Iterator[Finding]:
    """Yield what is wrong with a page.

    Args:
        file: its name, for the places.
        content: of the file.
        ends: the study ends with it.
        leads_on: a step follows it.
    """
    place = Place(file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = Place(file, content.count(b"\n", 0, error.start) + 1)
        what = "this is not text in UTF-8: letters would be shown as �"
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
        yield Finding(Severity.WARNING, "page-empty", place, "the page is empty", "Write something for people to read.")
        return
    page = markup.read(text, file)
    yield from page.findings
    yield from _of_exit(place, text, page, ends=ends, leads_on=leads_on)


def _of_exit(place: Place, text: str, page: markup.Markup, *, ends: bool, leads_on: bool) -> Iterator[Finding]:
    """Yield what is wrong with the words that hide the Submit button."""
    line = text[: text.find(EXIT)].count("\n") + 1
    at = Place(place.file, line)
    if page.exits and page.fields:
        what = f"`{EXIT}` hides the Submit button, so the answers of this page cannot be sent"
        yield Finding(
            Severity.ERROR, "exit-with-fields", at, what, "Move the questions to a step before, or these words."
        )
    elif page.exits and leads_on:
        what = f"`{EXIT}` hides the Submit button, so nobody gets to the next step"
        yield Finding(Severity.ERROR, "exit-early", at, what, "Say it in other words here.")
    elif ends and not page.exits:
        what = "the last page shows a Submit button, which leads nowhere"
        yield Finding(Severity.WARNING, "no-exit", place, what, f"Write `{EXIT}` on it: that hides the button.")
