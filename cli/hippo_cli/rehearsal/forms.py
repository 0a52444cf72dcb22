"""Fills in a step's page as a participant would: every named field of the page gets a valid answer.

Step pages are HTML fragments without a form element; their fields are the questions. So this works
with any study.
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import dataclass, field

from hippo_cli.study import tree
from hippo_cli.study.fields import questions

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


def read(page: str) -> dict[str, Field]:
    """Return the page's questions in order; if a name repeats, the last one, as in clients."""
    found: dict[str, Field] = {}
    for name, question in questions(tree.parse(page, "")).items():
        last = question.fields[-1]
        choices = sorted(value for value in question.values or () if value) if last.kind == "radio" else []
        if last.kind == "select":
            choices = [value for value in last.values or () if value]
        found[name] = Field(last.kind, last.element.attributes, choices)
    return found


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
    lowest = _float(attributes.get("min"), 0)
    highest = _float(attributes.get("max"), lowest + 10)
    step_text = attributes.get("step", "1")
    step = float(step_text) if re.fullmatch(r"[0-9.]+", step_text) else 1.0
    steps = int(max(highest - lowest, 0) / step) if step > 0 else 0
    return f"{lowest + step * chance.randint(0, max(0, steps)):g}"


def _text(attributes: dict[str, str], preferred: str) -> str:
    """Return a text within minlength, maxlength and pattern.

    If none of our texts matches the pattern, return the preferred one, cut to length.
    """
    shortest = min(_whole(attributes.get("minlength"), 0), 10_000)
    longest = _whole(attributes.get("maxlength"), 1000)
    try:
        pattern = re.compile(attributes.get("pattern") or ".*", re.DOTALL)
    except re.error:  # a JavaScript pattern that Python does not support
        pattern = re.compile(".*", re.DOTALL)
    for text in (preferred, *_WORDS):
        if shortest <= len(text) <= longest and pattern.fullmatch(text):
            return text
    return preferred[:longest].ljust(shortest, "x")


def _float(text: str | None, default: float) -> float:
    """Read a number; the default if the page has none that can be read, as in browsers."""
    try:
        number = float(text or "")
    except ValueError:
        return default
    return number if math.isfinite(number) else default


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 7 else default
