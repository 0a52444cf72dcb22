"""Reads a page as browsers do, and marks what the participant's page keeps of it.

justhtml builds the tree of the HTML standard, with the line of each tag. The list of what is kept is
the one of the page's sanitiser (`hippo_cli.participant_page.kept`). No text is too broken to read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from justhtml import JustHTML

from hippo_cli.participant_page import kept
from hippo_cli.study.findings import Place

_BOGUS: Final = re.compile(
    r"<!(?!--|doctype)[^<>]*>|<\?[^>]*>|</(?![a-z])[^<>]*>|(?<=\S)\s*<!doctype[^>]*>", re.IGNORECASE
)
"""What browsers read as a comment or ignore. While it notes places, justhtml reads it as text."""

_HIDDEN: Final = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Element:
    """An element of a page, or a comment or a text, whose names are `#comment` and `#text`.

    Attributes:
        name: in lower case.
        attributes: names in lower case; an attribute without a value is "".
        text: of a comment or text.
        offset: of its first character in the page's text; -1 for an element that has no tag there.
        parent: the element around it.
        removed_with: the outermost element that is removed with its content and holds this one, or
            is it; None if the participant's page keeps it.
        is_foreign: it is an element of SVG or MathML.
        disabled: it, or a fieldset around it, is disabled.
        hidden: it, or an element around it, has the attribute `hidden`, or a style that hides it.
    """

    name: str
    attributes: dict[str, str]
    text: str
    offset: int
    parent: Element | None = field(repr=False)
    removed_with: Element | None = field(repr=False)
    is_foreign: bool
    disabled: bool
    hidden: bool

    @property
    def is_kept(self) -> bool:
        """Return whether the participant's page keeps it, or its content."""
        return self.removed_with is None

    def around(self, *names: str) -> Element | None:
        """Return the nearest element around it that has one of these names."""
        found = self.parent
        while found is not None and found.name not in names:
            found = found.parent
        return found


@dataclass(frozen=True)
class Tree:
    """A page as the browser reads it.

    Attributes:
        text: the page's text; its lines end with one character.
        file: its file name.
        elements: all elements, comments and texts, in the order of the tree.
        unfinished: what was open when the page ended: "comment", "tag", or "" for nothing.
    """

    text: str
    file: str
    elements: tuple[Element, ...]
    unfinished: str
    _lines: tuple[int, ...] = field(repr=False)

    def place(self, at: Element | int) -> Place:
        """Return the place of an element, or of an offset in the text."""
        offset = at if isinstance(at, int) else self._offset(at)
        line = bisect_right(self._lines, offset)
        return Place(self.file, line, offset - self._lines[line - 1] + 1)

    @staticmethod
    def _offset(element: Element) -> int:
        found: Element | None = element
        while found is not None and found.offset < 0:
            found = found.parent
        return 0 if found is None else found.offset

    def named(self, *names: str) -> Iterator[Element]:
        """Yield the elements with one of these names."""
        return (element for element in self.elements if element.name in names)


@lru_cache(maxsize=16)
def parse(text: str, file: str) -> Tree:
    """Read a page.

    Args:
        text: the page's HTML.
        file: its file name, for the places.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = (0, *(match.end() for match in re.finditer("\n", plain)))
    read = JustHTML(
        _BOGUS.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), plain),
        sanitize=False,
        track_node_locations=True,
        collect_errors=True,
        scripting_enabled=False,  # as DOMParser reads a page
    )
    codes = {error.code for error in read.errors}
    unfinished = "comment" if "eof-in-comment" in codes else "tag" if "eof-in-tag" in codes else ""
    return Tree(plain, file, tuple(_elements(read.root, lines)), unfinished, lines)


def _elements(root: Any, lines: tuple[int, ...]) -> Iterator[Element]:
    """Walk the tree without recursion: pages may be nested deeply."""
    waiting: list[tuple[Any, Element | None, bool]] = [(root, None, False)]
    while waiting:
        node, parent, disabled = waiting.pop()
        element = _element(node, parent, lines, disabled=disabled)
        if element is not None:
            yield element
        content = getattr(node, "template_content", None)
        inside = [*(node.children or ()), *(content.children or () if content is not None else ())]
        disables = disabled or (element is not None and element.name == "fieldset" and "disabled" in element.attributes)
        legend = next((child for child in inside if child.name == "legend"), None)
        waiting += [(child, element or parent, disabled if child is legend else disables) for child in reversed(inside)]


def _element(node: Any, parent: Element | None, lines: tuple[int, ...], *, disabled: bool) -> Element | None:
    name = node.name.lower()
    if name in ("#document", "#document-fragment", "!doctype"):
        return None
    line, column = node.origin_line, node.origin_col
    offset = -1 if line is None or column is None else lines[min(line, len(lines)) - 1] + column - 1
    is_text = name.startswith("#")
    attributes = {} if is_text else {key.lower(): value or "" for key, value in (node.attrs or {}).items()}
    removed = parent.removed_with if parent is not None else None
    made = Element(
        name=name,
        attributes=attributes,
        text=str(node.data or "") if is_text else "",
        offset=offset,
        parent=parent,
        removed_with=removed,
        is_foreign=getattr(node, "namespace", None) in ("svg", "math"),
        disabled=disabled or "disabled" in attributes,
        hidden=(parent is not None and parent.hidden)
        or "hidden" in attributes
        or _HIDDEN.search(attributes.get("style", "")) is not None,
    )
    if removed is None and not is_text and name in kept().removed:
        object.__setattr__(made, "removed_with", made)
    return made
