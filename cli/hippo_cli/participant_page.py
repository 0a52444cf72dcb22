"""The participant page that `hippo` carries: static files, and the list of what it keeps of a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from hippo_common.errors import HippoError

_KEPT: Final = "modules/kept.js"


@dataclass(frozen=True)
class Kept:
    """What the participant's page keeps of a study's HTML; all names are in lower case.

    Attributes:
        elements: kept; elements that are in neither list are replaced by their content.
        removed: elements that are removed with their content.
        attributes_removed: attributes that are removed, besides those that begin with `on`.
        addresses: attributes that hold an address.
        inputs_removed: types of `<input>` that are removed.
    """

    elements: frozenset[str]
    removed: frozenset[str]
    attributes_removed: frozenset[str]
    addresses: frozenset[str]
    inputs_removed: frozenset[str]


@cache
def folder() -> Path:
    """Return the participant page's folder: in the installed package, or `frontend/`.

    Raises:
        HippoError: neither exists.
    """
    package = Path(__file__).resolve().parent
    for found in (package / "preview" / "participant", package.parents[1] / "frontend"):
        if (found / "index.html").is_file():
            return found
    raise HippoError("The participant page is missing from this installation.", "Install hippo again: pip install .")


@cache
def kept() -> Kept:
    """Return the list in `modules/kept.js`, which the page's sanitiser uses."""
    text = (folder() / _KEPT).read_text("utf-8").partition("export const KEPT =")[2]
    lists = json.loads(text.strip().rstrip(";"))
    return Kept(
        elements=frozenset(lists["elements"].split()),
        removed=frozenset(lists["removed"].split()),
        attributes_removed=frozenset(lists["attributesRemoved"].split()),
        addresses=frozenset(lists["addresses"].split()),
        inputs_removed=frozenset(lists["inputsRemoved"].split()),
    )
