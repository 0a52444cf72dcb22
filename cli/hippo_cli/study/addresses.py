"""Checks the addresses in a page: what participants cannot load, and where links lead."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from hippo_cli.study import assets
from hippo_cli.study.css import urls, without_imports
from hippo_cli.study.findings import Finding, Severity
from hippo_cli.study.tree import Element, Tree

_ADDRESSES: Final = {
    "img": ("src", "srcset"),
    "audio": ("src",),
    "video": ("src", "poster"),
    "source": ("src", "srcset"),
    "track": ("src",),
    "image": ("href", "xlink:href"),
    "link": ("href",),
    "a": ("href",),
    "area": ("href",),
}
_WHOLE: Final = ("https:", "data:", "mailto:", "tel:", "#", "about:", "blob:", "//")
_UPLOADED: Final = f"only pages and the folder `{assets.FOLDER}`"
_MOVE: Final = f"put the file into the folder `{assets.FOLDER}` beside config.yml and write {assets.FOLDER}/…"
_SCREEN_LINKS: Final = frozenset({"stylesheet"})


def judge(page: Tree, files: Collection[str] = ()) -> Iterator[Finding]:
    """Yield the addresses of a page that do not work for participants.

    Args:
        page: the page.
        files: the names of the study's files in its folder `assets`.
    """
    for element in page.elements:
        if element.name == "base" and element.attributes.get("href"):
            what = "<base> is removed: addresses without https:// do not begin with its address"
            yield _warn(page, "address", element, what, "Delete it, and write full addresses.")
        if element.removed_with is not None and element.removed_with.name not in ("link", "style"):
            continue
        for address in _addresses_of(page, element):
            yield from _of_address(page, element, address, files)
        if element.name == "a" and element.attributes.get("href", "#").strip() == "":
            what = "this link has no address, so it does nothing"
            yield _warn(page, "address", element, what, "Write its address, or delete `<a>`.")


def _addresses_of(page: Tree, element: Element) -> Iterator[str]:
    if element.name == "link" and not _SCREEN_LINKS & set(element.attributes.get("rel", "").lower().split()):
        return
    for key in _ADDRESSES.get(element.name, ()):
        value = element.attributes.get(key, "").strip()
        if key == "srcset" and not value.lower().startswith("data:"):
            yield from (part.split()[0] for part in value.split(",") if part.strip())
        elif value:
            yield value
    css = element.attributes.get("style", "")
    if element.name == "#text" and element.parent is not None and element.parent.name == "style":
        css = element.text
    for address, _ in urls(without_imports(css)):
        yield address or "#"


def _of_address(page: Tree, element: Element, address: str, files: Collection[str]) -> Iterator[Finding]:
    named = assets.named_by(address)
    if named is not None:
        fault = assets.missing(named, files)
        if fault is not None:
            yield Finding(Severity.ERROR, "html-asset-missing", page.place(element), *fault)
        return
    plain = re.sub(r"[\x00-\x20]", "", address).lower()
    if plain.startswith(("javascript:", "vbscript:")):
        what = "participants' pages run no scripts, so this does nothing"
        yield _warn(page, "script", element, what, "Delete it.")
    elif plain.startswith("http:") and element.name in ("a", "area"):
        return
    elif plain.startswith("http:"):
        what = f"the browser does not load {_short(address)} in a page that was loaded with https"
        yield _warn(page, "address", element, what, "Write https:// if that server supports it.")
    elif element.name in ("a", "area") and not plain.startswith(_WHOLE):
        what = f"participants cannot open {_short(address)}: `hippo` shows the pages in order, and uploads {_UPLOADED}"
        fix = f"Write a full address, https://…, {_MOVE}, or delete the link."
        yield _warn(page, "address", element, what, fix)
    elif not plain.startswith(_WHOLE):
        what = f"participants cannot load {_short(address)}: `hippo` uploads {_UPLOADED}"
        yield _warn(page, "address", element, what, f"Write a full address, https://…, or {_MOVE}.")


def _short(address: str) -> str:
    return repr(address if len(address) <= 60 else address[:59] + "…")


def _warn(page: Tree, code: str, element: Element, what: str, fix: str) -> Finding:
    return Finding(Severity.WARNING, f"html-{code}", page.place(element), what, fix)
