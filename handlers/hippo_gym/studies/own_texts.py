"""Checks a study's own texts against the list of all texts (texts.json, which `make references` writes)."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from hippo_gym.runtime.schemas import Fault
from hippo_gym.studies.wording import ENGLISH, Text, wording_of

_LIST: Final = Path(__file__).parent / "texts.json"
_LOOKS_LIKE_HTML: Final = re.compile(r"</?[A-Za-z][^<>]*>|&(?:#\d+|[A-Za-z]+);")
_MAX_NAMED: Final = 5


@cache
def _listed() -> Mapping[str, Any]:
    read: dict[str, Any] = json.loads(_LIST.read_text(encoding="utf-8"))
    return read


def languages() -> tuple[str, ...]:
    """Return the languages in which the product has its texts."""
    return tuple(_listed()["languages"])


def placeholders() -> Mapping[str, list[str]]:
    """Return the keys of all texts, with the placeholders of each."""
    found: Mapping[str, list[str]] = _listed()["texts"]
    return found


def faults(entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the unknown keys and placeholders of a valid entry's `texts`."""
    known = placeholders()
    for key, text in entry.get("texts", {}).items():
        path = f"texts.{key}"
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
            yield Fault(path, "an unknown key", "a key of docs/reference/texts.md", near[0] if near else None)
            continue
        for name in sorted(_names(text) - set(known[key])):
            allowed = ", ".join(f"{{{each}}}" for each in known[key]) or "a text without placeholders"
            near = difflib.get_close_matches(name, known[key], n=1)
            yield Fault(path, f"the placeholder {{{name}}}", allowed, f"{{{near[0]}}}" if near else None)


def warnings(entry: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is allowed in a valid entry's `language` and `texts`, but probably not intended."""
    known, own = placeholders(), entry.get("texts", {})
    for key, text in own.items():
        missing = [name for name in known.get(key, ()) if name not in _names(text) and name != "count"]
        if missing:
            yield f"texts.{key} lacks {' and '.join(f'{{{name}}}' for name in missing)}: participants do not see it"
        if any(_LOOKS_LIKE_HTML.search(form) for form in _forms(text)):
            yield f"texts.{key} looks like HTML: participants see its tags as text"
    wording = wording_of(entry)
    if wording.base not in languages():
        missing = [key for key in known if key not in own]
        named = ", ".join(missing[:_MAX_NAMED]) + (", …" if len(missing) > _MAX_NAMED else "")
        if missing:
            yield (
                f"language {wording.language!r} has no texts of its own (there are {', '.join(languages())}): "
                f"{len(missing)} texts that `texts` does not have are shown in English: {named}"
            )
    elif wording.language not in (wording.base, ENGLISH):
        yield f"language {wording.language!r} has the texts of {wording.base!r}"


def _forms(text: Text) -> list[str]:
    return [text] if isinstance(text, str) else list(text.values())


def _names(text: Text) -> set[str]:
    return {name for form in _forms(text) for name in re.findall(r"\{(\w+)\}", form)}
