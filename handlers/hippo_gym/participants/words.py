"""The texts of the pages that the API adds to a study, in the study's language.

A text is the study's own (`texts` of its entry), or that of its language in `texts/{language}.json`,
or the English one. The files are read when a participant first sees such a page: a cold start reads
none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from hippo_gym.studies.wording import ENGLISH, Text, Wording

_FOLDER: Final = Path(__file__).parent / "texts"


def languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


@cache
def catalogue(language: str) -> Mapping[str, Text]:
    """Return the texts of a language by key; empty if it has no catalogue."""
    try:
        read: dict[str, Text] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))["texts"]
    except FileNotFoundError:
        return {}
    return read


def say(wording: Wording, which: str, **values: Any) -> str:
    """Return a text with its placeholders filled in; plain text, which may hold `<`.

    Args:
        wording: how the study speaks.
        which: the key without `notice.`.
        values: of the placeholders; `count` chooses the plural form, `contact` is filled in.
    """
    key = f"notice.{which}"
    own, base = wording.texts.get(key), wording.base
    found = own or catalogue(base).get(key)
    text = catalogue(ENGLISH)[key] if found is None else found
    if not isinstance(text, str):
        text = text.get(plural(base, values["count"]), text["other"])
    if "{contact}" in text:
        values["contact"] = _contact(wording)
    return re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], match[0])), text)


def date_and_time(wording: Wording, moment: datetime) -> str:
    """Return a date and a time of day in words; `moment` is in UTC."""
    month = say(wording, "months").split(",")[moment.month - 1]
    return say(wording, "date", day=moment.day, month=month, year=moment.year, time=f"{moment:%H:%M}")


def _contact(wording: Wording) -> str:
    name = wording.whom_to_write_to
    return say(wording, "writeToUnknown") if name is None else say(wording, "writeTo", name=name)


def plural(language: str, count: int) -> str:
    """Return the plural category of a whole number: the rules of CLDR for the catalogue's languages.

    Other languages have the rule of English. French and Spanish have `many` for millions, which no
    page shows.
    """
    if language == "zh":
        return "other"
    if language == "ar":
        return _arabic(count)
    return "one" if count == 1 or (language == "fr" and count == 0) else "other"


def _arabic(count: int) -> str:
    if count <= 2:
        return ("zero", "one", "two")[count]
    rest = count % 100
    return "few" if 3 <= rest <= 10 else "many" if rest >= 11 else "other"
