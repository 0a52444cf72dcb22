"""The fields of a page: what a participant can answer there, as the participant's page collects it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from hippo_cli.study.tree import Element, Tree

CONTROLS: Final = frozenset({"input", "select", "textarea"})
NO_ANSWER: Final = frozenset({"submit", "image", "reset", "button", "file"})
"""Types of `<input>` that the participant's page does not collect."""


@dataclass(frozen=True)
class Field:
    """A control of a page.

    Attributes:
        name: the key of its answer.
        kind: `select`, `textarea`, or the type of an `<input>`.
        element: its element.
        values: what it sends if it is chosen: of a box its value, of a list the values of its options
            that are not disabled; None if it can send any text.
        sends: a participant can send its answer: it is kept, and not disabled.
    """

    name: str
    kind: str
    element: Element
    values: tuple[str, ...] | None = None
    sends: bool = True


@dataclass
class Question:
    """All fields of one name.

    Attributes:
        fields: its fields, in the page's order.
        values: what it can send; None if it can send any text.
    """

    fields: list[Field] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The kind of its last field, whose answer is stored if they differ."""
        return self.fields[-1].kind

    @property
    def values(self) -> set[str] | None:
        """What it can send, without the empty answer of a box that is not ticked."""
        if any(each.values is None for each in self.fields):
            return None
        return {value for each in self.fields for value in each.values or ()}

    def can_send(self, value: str) -> bool:
        """Return whether it can send this value."""
        values = self.values
        if values is None or value in values:
            return True
        if value == "":
            return any(each.kind in ("checkbox", "select") for each in self.fields)
        boxes = len([each for each in self.fields if each.kind == "checkbox"]) > 1
        several = boxes or any("multiple" in each.element.attributes for each in self.fields)
        return several and set(value.split(", ")) <= values


def kind_of(element: Element) -> str:
    """Return the kind of a control."""
    if element.name != "input":
        return element.name
    return (element.attributes.get("type") or "text").strip().lower() or "text"


def read(page: Tree) -> tuple[Field, ...]:
    """Return the controls of a page whose answers the participant's page collects, in their order."""
    return tuple(_fields(page))


def questions(page: Tree) -> dict[str, Question]:
    """Return the questions of a page: name → its fields; without fields that have no name."""
    found: dict[str, Question] = {}
    for each in read(page):
        if each.name and each.sends:
            found.setdefault(each.name, Question()).fields.append(each)
    return found


def _fields(page: Tree) -> Iterator[Field]:
    options: dict[int, list[str]] = {}
    texts: dict[int, str] = {}
    for element in page.elements:
        if element.name == "#text" and (option := element.around("option")) is not None:
            texts[id(option)] = texts.get(id(option), "") + element.text
    for option in page.named("option"):
        select = option.around("select")
        group = option.around("optgroup")
        off = "disabled" in option.attributes or (group is not None and "disabled" in group.attributes)
        if select is not None and not off:
            value = option.attributes.get("value", " ".join(texts.get(id(option), "").split()))
            options.setdefault(id(select), []).append(value)
    for element in page.named(*CONTROLS):
        kind = kind_of(element)
        if not element.is_kept or element.is_foreign or kind in NO_ANSWER:
            continue
        values: tuple[str, ...] | None = None
        if kind == "select":
            values = tuple(options.get(id(element), ()))
        elif kind in ("checkbox", "radio"):
            values = (element.attributes.get("value", "on"),)
        elif kind == "hidden":
            values = (element.attributes.get("value", ""),)
        yield Field(element.attributes.get("name", ""), kind, element, values, not element.disabled)
