"""Fills in a step's page as a participant would: every named field of the page gets a valid answer.

Step pages are HTML fragments without a form element; their fields are the questions. So this works
with any study.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_NOT_ANSWERED = frozenset({"submit", "button", "reset", "image", "file"})
_BY_TYPE = {
    "email": "participant@example.org",
    "tel": "+1 780 555 0100",
    "url": "https://example.org/",
    "date": "2001-02-03",
    "time": "12:30",
    "datetime-local": "2001-02-03T12:30",
    "month": "2001-02",
    "week": "2001-W05",
    "color": "#0072b2",
}
SENTENCE = "I said what I thought, and showed it the way when it was stuck."
_WORDS = ("Ada", "Ada Example", "AE", "1990", "42", "7", "A1B2C3", SENTENCE)


@dataclass
class Field:
    """One question: an input, a group of radio buttons, a select or a textarea."""

    kind: str
    attributes: dict[str, str]
    choices: list[str] = field(default_factory=list)
    """The values of a radio group or a select, in the page's order; without empty values."""


class _Reader(HTMLParser):
    """Collects a page's fields by name."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: dict[str, Field] = {}
        self._select: Field | None = None
        self._option: dict[str, str] | None = None
        self._option_text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "option":
            self._close_option()
            self._option, self._option_text = attributes, ""
            return
        if tag not in ("input", "select", "textarea") or "disabled" in attributes:
            return
        kind = attributes.get("type", "text").lower() if tag == "input" else tag
        name = attributes.get("name", "")
        if kind in _NOT_ANSWERED or not name:
            return
        if kind == "radio":
            group = self.fields.setdefault(name, Field(kind, attributes))
            group.choices.append(attributes.get("value", "on"))
            return
        self.fields[name] = Field(kind, attributes)
        if tag == "select":
            self._select = self.fields[name]

    def handle_data(self, data: str) -> None:
        if self._option is not None:
            self._option_text += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("option", "optgroup", "select"):
            self._close_option()
        if tag == "select":
            self._select = None

    def _close_option(self) -> None:
        option, self._option = self._option, None
        if option is None or self._select is None or "disabled" in option:
            return
        value = option.get("value", self._option_text.strip())
        if value:
            self._select.choices.append(value)


def read(page: str) -> dict[str, Field]:
    """Return the page's questions in order; if a name repeats, the last one, as in clients."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.fields


def fill(page: str, chance: random.Random) -> dict[str, str]:
    """Return an answer to every named question of a page, within the page's limits."""
    return {name: _answer(question, chance) for name, question in read(page).items()}


def _answer(question: Field, chance: random.Random) -> str:
    kind, attributes = question.kind, question.attributes
    if kind in ("radio", "select"):
        return chance.choice(question.choices) if question.choices else ""
    if kind == "checkbox":
        return attributes.get("value", "on")
    if kind == "hidden":
        return attributes.get("value", "")
    if kind in ("number", "range"):
        return _number(attributes, chance)
    if kind in _BY_TYPE:
        return _BY_TYPE[kind]
    return _text(attributes, SENTENCE if kind == "textarea" else _WORDS[0])


def _number(attributes: dict[str, str], chance: random.Random) -> str:
    lowest = float(attributes.get("min") or 0)
    highest = float(attributes.get("max") or lowest + 10)
    step_text = attributes.get("step", "1")
    step = float(step_text) if re.fullmatch(r"[0-9.]+", step_text) else 1.0
    steps = int((highest - lowest) / step) if step > 0 else 0
    return f"{lowest + step * chance.randint(0, max(0, steps)):g}"


def _text(attributes: dict[str, str], preferred: str) -> str:
    """Return a text within minlength, maxlength and pattern.

    If none of our texts matches the pattern, return the preferred one, cut to length.
    """
    shortest = int(attributes.get("minlength") or 0)
    longest = int(attributes.get("maxlength") or 1000)
    try:
        pattern = re.compile(attributes.get("pattern") or ".*", re.DOTALL)
    except re.error:  # a JavaScript pattern that Python does not support
        pattern = re.compile(".*", re.DOTALL)
    for text in (preferred, *_WORDS):
        if shortest <= len(text) <= longest and pattern.fullmatch(text):
            return text
    return preferred[:longest].ljust(shortest, "x")
