"""Finds what a page's source has and the participant's page does not show: fields, text and media."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from hippo_cli.study.fields import CONTROLS, kind_of
from hippo_cli.study.findings import Finding, Place, Severity
from hippo_cli.study.tree import Element, Tree

_MEDIA: Final = frozenset(
    ["img", "picture", "audio", "video", "iframe", "frame", "embed", "applet", "object", "canvas", "svg", "math"]
)
_TAGS: Final = re.compile(
    rf"<({'|'.join(sorted(CONTROLS | _MEDIA | {'button'}))})(?=[\s/>])[^<>]*", re.IGNORECASE | re.DOTALL
)
_TEXT_ONLY: Final = frozenset(
    ["iframe", "noembed", "noframes", "plaintext", "script", "select", "style", "textarea", "title", "xmp", "option"]
)
"""Elements whose content is text, also if it looks like tags."""

_SWALLOW: Final = ("textarea", "select", "style", "script", "title", "iframe", "noembed", "noframes", "xmp")
"""Elements that swallow the rest of the page if they are not closed."""

_OWN_MESSAGE: Final = frozenset(["script", "style", "link", "meta", "base", "annotation", "annotation-xml"])
"""Removed, and either not shown by any browser or reported elsewhere."""

_FRAMES: Final = frozenset(["iframe", "frame", "embed", "applet"])
_FRAME_FIX: Final = (
    'Link to it, which opens in a new tab: `<a href="https://…">`; or show a file with `<img>`, `<video>` or `<audio>`.'
)
_INSTEAD: Final = {
    "object": ("shows no <object>, only what is between its tags", _FRAME_FIX),
    "canvas": ("runs no script that would draw this <canvas>", "Show a picture of it with `<img>`."),
    "dialog": (
        "shows this <dialog> only if a button with `commandfor` opens it: no script does",
        "Write `<dialog open>` or `<div>`, or delete it.",
    ),
    "frameset": ("shows no frames, so this page is empty", "Copy the content of its frames into one page."),
    "animate": ("shows no animation of <svg>", "Show an animated picture with `<img>`."),
    "animatemotion": ("shows no animation of <svg>", "Show an animated picture with `<img>`."),
    "animatetransform": ("shows no animation of <svg>", "Show an animated picture with `<img>`."),
    "set": ("shows no animation of <svg>", "Show an animated picture with `<img>`."),
}


def judge(page: Tree) -> Iterator[Finding]:
    """Yield what is lost of a page, each with its place."""
    yield from _unclosed(page)
    yield from _swallowed(page)
    reported: set[int] = set()
    for element in page.elements:
        yield from _removed(page, element, reported)
        yield from _changed(page, element)


def _unclosed(page: Tree) -> Iterator[Finding]:
    """Yield what swallows the rest of the page."""
    if page.unfinished == "comment":
        what = "this comment is not closed, and swallows the rest of the page"
        yield _error(page, "not-closed", page.text.rfind("<!--"), what, "Write `-->` at its end.")
    elif page.unfinished == "tag":
        start = max((found.start() for found in re.finditer(r"<[A-Za-z/]", page.text)), default=0)
        texts = [each.offset for each in page.named("#text") if re.match(r"<[A-Za-z/]", each.text)]
        what = "this tag, or a quote in it, is not closed, and swallows the rest of the page"
        at = texts[-1] if texts and texts[-1] >= 0 else start
        yield _error(page, "not-closed", at, what, "Close its quotes, and write `>` at its end.")
    for element in page.named(*_SWALLOW):
        closing = re.compile(rf"</{element.name}[\s/>]", re.IGNORECASE)
        if element.offset >= 0 and closing.search(page.text, element.offset) is None:
            what = f"<{element.name}> is not closed, and swallows the rest of the page"
            yield _error(page, "not-closed", element, what, f"Write `</{element.name}>` at its end.")
            return


def _swallowed(page: Tree) -> Iterator[Finding]:
    """Yield the tags of fields and media that the browser does not read as tags."""
    read = sorted({element.offset: element for element in page.elements if element.offset >= 0}.items())
    offsets = [offset for offset, _ in read]
    is_tag = {offset for offset, element in read if not element.name.startswith("#")}
    for tag in _TAGS.finditer(page.text):
        at = tag.start()
        if at in is_tag:
            continue
        index = bisect_left(offsets, at) - 1
        holder = read[index][1] if index >= 0 else None
        if holder is not None and _is_meant(page, holder, at):
            continue
        name = tag[1].lower()
        yield _lost(page, at, name, _name_in(tag[0]), f"is swallowed {_by(page, holder, at)}", _fix_of(page, holder))


def _is_meant(page: Tree, holder: Element, at: int) -> bool:
    """Return whether a tag is in a comment or script: its author wants no field there."""
    around = holder.parent if holder.name == "#text" else holder
    if around is not None and around.name in ("script", "style"):
        return True
    if holder.name != "#comment":
        return False
    return page.text.find("-->", at) >= 0


def _by(page: Tree, holder: Element | None, at: int) -> str:
    around = _around(holder)
    if page.unfinished == "comment" and at > page.text.rfind("<!--"):
        return "by a comment that is not closed"
    if around is not None and around.name in _TEXT_ONLY:
        return f"by <{around.name}> in line {page.place(around).line}, whose content is text"
    if around is not None and not around.name.startswith("#"):
        return f"by a quote that is not closed, in <{around.name}> in line {page.place(around).line}"
    return "by a tag or a quote before it that is not closed"


def _around(holder: Element | None) -> Element | None:
    """Return the element that a text is in; of a text in an option, the list."""
    around = holder.parent if holder is not None and holder.name == "#text" else holder
    return (around.around("select") or around) if around is not None and around.name == "option" else around


def _fix_of(page: Tree, holder: Element | None) -> str:
    around = _around(holder)
    if page.unfinished == "comment":
        return "Write `-->` at the end of the comment."
    if around is not None and around.name in _TEXT_ONLY:
        return f"Write `</{around.name}>` before this; a `/` in the tag itself closes nothing."
    return "Close the quote or the tag before it."


def _removed(page: Tree, element: Element, reported: set[int]) -> Iterator[Finding]:
    """Yield an element that is removed, or is lost with the element around it."""
    holder = element.removed_with
    if holder is None or holder.name in _OWN_MESSAGE:
        return
    if element is holder and element.name in _FRAMES:
        what = f"participants' pages show no <{element.name}>{_of(element)}"
        yield _warn(page, "medium", element, what, _FRAME_FIX)
    elif element is holder and element.name in _INSTEAD:
        what, fix = _INSTEAD[element.name]
        yield _warn(page, "medium", element, f"the participant's page {what}", fix)
    elif element.name in CONTROLS or element.name in _MEDIA:
        fix = f"Delete `<{holder.name}>` and `</{holder.name}>`, and keep what is between them."
        yield _lost(page, element, element.name, element.attributes.get("name"), f"is in <{holder.name}>", fix)
    elif element.name == "#text" and element.text.strip() and holder.name not in _FRAMES and id(holder) not in reported:
        reported.add(id(holder))
        what = f"participants do not see the text in <{holder.name}>: {_short(element.text)}"
        fix = f"Nothing, if they need not; else delete `<{holder.name}>` and `</{holder.name}>`."
        yield _warn(page, "text", holder, what, fix)


def _changed(page: Tree, element: Element) -> Iterator[Finding]:
    """Yield an element that is kept in part."""
    name, attributes = element.name, element.attributes
    if name == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
        what = "participants' pages do not load another page by themselves, so this is removed"
        yield _warn(page, "medium", element, what, 'Write a link: `<a href="https://…">`.')
    elif not element.is_kept:
        return
    elif element.is_foreign and name in CONTROLS:
        fix = "Write it outside of `<svg>` and `<math>`."
        yield _lost(page, element, name, attributes.get("name"), "is an element of a picture or formula", fix)
    elif name in _INSTEAD and not (name == "dialog" and "open" in attributes):
        what, fix = _INSTEAD[name]
        yield _warn(page, "medium", element, f"the participant's page {what}", fix)
    elif name == "use" and not (attributes.get("href") or attributes.get("xlink:href") or "").startswith("#"):
        what = f"participants' pages show no part of another picture{_of(element)}"
        yield _warn(page, "medium", element, what, "Copy the part into this <svg>, or use `<img>`.")
    elif "-" in name and not name.startswith("#") and element.around("svg", "math") is None:
        what = f"<{name}> needs a script, and participants' pages run none: only its content is shown"
        yield _warn(page, "unknown", element, what, "Write it with elements of HTML.")


def _lost(page: Tree, at: Element | int, tag: str, name: str | None, why: str, fix: str) -> Finding:
    if tag in CONTROLS:
        kind = kind_of(at) if isinstance(at, Element) else tag
        called = f"the field {name!r}" if name else f"this <{tag}>" if kind != "hidden" else "this hidden field"
        return _error(page, "lost-field", at, f"{called} {why}, so participants cannot answer it", fix)
    return _warn(page, "medium", at, f"this <{tag}> {why}, so participants do not see it", fix)


def _name_in(tag: str) -> str | None:
    found = re.search(r"""\sname\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", tag, re.IGNORECASE)
    return next((group for group in found.groups() if group), None) if found else None


def _of(element: Element) -> str:
    attributes = element.attributes
    keys = ("src", "data", "href", "xlink:href", "code")
    address = next((attributes[key] for key in keys if attributes.get(key)), "")
    return f", so {_short(address)} is not shown" if address else ""


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return repr(plain if len(plain) <= 60 else plain[:59] + "…")


def _error(page: Tree, code: str, at: Element | int, what: str, fix: str) -> Finding:
    return Finding(Severity.ERROR, f"html-{code}", _place(page, at), what, fix)


def _warn(page: Tree, code: str, at: Element | int, what: str, fix: str) -> Finding:
    return Finding(Severity.WARNING, f"html-{code}", _place(page, at), what, fix)


def _place(page: Tree, at: Element | int) -> Place:
    return page.place(max(at, 0) if isinstance(at, int) else at)
