"""Checks the HTML of a page: what the participant's page removes, and what breaks its form.

The participant's page adds the form element and the Submit button, and removes scripts and event
handlers. A field's `name` is the key of its answer; of several fields with one name only the last
answer is stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from hippo_cli.study.findings import Finding, Place, Severity
from hippo_gym.participants.pages import EXIT

_CONTROLS: Final = frozenset({"input", "select", "textarea"})
_SUBMITS: Final = frozenset({"submit", "image"})
_NO_ANSWER: Final = frozenset({"submit", "image", "reset", "button"})
_SWALLOW: Final = frozenset({"textarea", "select", "style", "script", "title"})
"""Elements that swallow the rest of the page if they are not closed."""

_ADDRESSES: Final = {
    "img": "src",
    "audio": "src",
    "video": "src",
    "source": "src",
    "track": "src",
    "iframe": "src",
    "embed": "src",
    "object": "data",
    "link": "href",
    "a": "href",
}
_WHOLE: Final = ("https:", "data:", "mailto:", "tel:", "#", "about:", "blob:")

_Attributes = dict[str, str | None]


@dataclass
class Markup:
    """The fields and faults of a page.

    Attributes:
        fields: the number of fields that a participant can answer.
        choices: field name → values of its radio buttons; empty values for other kinds of fields.
        exits: the page has the text that hides the Submit button.
        findings: the page's faults.
    """

    fields: int = 0
    choices: dict[str, set[str]] = field(default_factory=dict)
    exits: bool = False
    findings: list[Finding] = field(default_factory=list)


def read(text: str, file: str) -> Markup:
    """Read a page.

    Args:
        text: the page's HTML.
        file: its file name, for the places.
    """
    reader = _Reader(file)
    reader.feed(text)
    reader.close()
    reader.finish()
    reader.markup.exits = EXIT in text
    return reader.markup


class _Reader(HTMLParser):
    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self.markup = Markup()
        self._file = file
        self._open: list[tuple[str, Place]] = []
        self._ids: dict[str, Place] = {}
        self._labelled: list[tuple[str, Place]] = []
        self._names: dict[str, list[tuple[str, str | None, Place]]] = defaultdict(list)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes: _Attributes = dict(attrs)
        if tag in _SWALLOW:
            self._open.append((tag, self._place()))
        if tag == "script":
            self._warn("script", "participants' pages run no scripts, so this is removed", "Delete it.")
        elif tag == "form":
            self._error(
                "form",
                "the participant's page already has a form; a second one breaks it, and answers are lost",
                "Delete `<form>` and `</form>`, and keep what is between them.",
            )
        elif tag == "button":
            self._button(tag, (attributes.get("type") or "submit").lower())
        elif tag in _CONTROLS and "disabled" not in attributes:
            self._control(tag, attributes)
        self._handlers(attributes)
        self._address(tag, attributes)
        self._id(tag, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Handle `<br/>` like `<br>`; HTML ignores the slash also in `<textarea/>`."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] == tag:
                del self._open[index:]
                return

    def finish(self) -> None:
        """Report the faults that are only known at the end of the page."""
        for tag, place in self._open[:1]:
            what = f"<{tag}> is not closed, and swallows the rest of the page"
            self._error("not-closed", what, f"Write `</{tag}>` at its end.", place)
        for name, places in self._names.items():
            self._name_twice(name, places)
        for target, place in self._labelled:
            if target not in self._ids:
                what = f"this label is for {target!r}, and no element of the page has that id"
                self._warn("label", what, f"Write `id={_quoted(target)}` in the label's field.", place)

    def _button(self, tag: str, kind: str) -> None:
        if kind in _SUBMITS:
            what = f"<{tag}> submits the page, which already has a Submit button"
            self._warn("submit-button", what, "Delete it: the participant's page adds its own.")
        elif kind == "reset":
            self._warn("reset-button", "this button deletes all answers of the page", "Delete it.")

    def _control(self, tag: str, attributes: _Attributes) -> None:
        kind = (attributes.get("type") or "text").lower() if tag == "input" else tag
        if kind in _NO_ANSWER:
            self._button(tag, kind)
            return
        name = attributes.get("name") or ""
        self.markup.fields += kind != "hidden"
        if kind == "file":
            what = "participants cannot send files, only text and choices"
            self._error("file-field", what, "Delete this field, and ask for the file in another way.")
        elif not name:
            what = f"this {_called(kind)} has no name, so its answer is lost"
            self._error("no-name", what, 'Write `name="…"` in it: the key of its answer.')
        else:
            value = attributes.get("value")
            self.markup.choices.setdefault(name, set()).update({value} if kind == "radio" and value is not None else ())
            self._names[name].append((kind, value, self._place()))
            if kind == "radio" and value is None:
                what = f"a choice of {name!r} has no value, so its answer is 'on', as for every other such choice"
                self._error("no-value", what, 'Write `value="…"` in it: the answer if a participant chooses it.')

    def _name_twice(self, name: str, fields: list[tuple[str, str | None, Place]]) -> None:
        radios: dict[str, Place] = {}
        for kind, value, place in fields:
            if kind == "radio" and value is not None and value in radios:
                what = f"two choices of {name!r} have the value {value!r}, so their answers look the same"
                self._error("value-twice", what, "Give each choice a different value.", place)
            if kind == "radio" and value is not None:
                radios[value] = place
        others = [field for field in fields if field[0] != "radio"]
        if len(others) + bool(len(others) < len(fields)) > 1 and others[0][0] != "hidden":
            what = f"{len(fields)} fields have the name {name!r}: only the last answer is stored"
            self._warn("name-twice", what, "Give each field a different name.", fields[-1][2])

    def _handlers(self, attributes: Mapping[str, str | None]) -> None:
        for name in attributes:
            if name.startswith("on") and len(name) > 2:
                what = f"participants' pages run no scripts, so `{name}` is removed"
                self._warn("event-handler", what, "Delete it.")

    def _address(self, tag: str, attributes: _Attributes) -> None:
        address = (attributes.get(_ADDRESSES.get(tag, "")) or "").strip()
        if not address:
            return
        if address.lower().startswith("javascript:"):
            self._warn("script", "participants' pages run no scripts, so this does nothing", "Delete it.")
        elif address.lower().startswith("http:"):
            what = f"the browser does not load {_short(address)} in a page that was loaded with https"
            self._warn("address", what, "Write https:// if that server supports it.")
        elif not address.lower().startswith(_WHOLE):
            what = f"participants cannot load {_short(address)}: `hippo` uploads only pages"
            fix = "Write a full address, https://…, or put the file into the page as a data: address."
            self._warn("address", what, fix)

    def _id(self, tag: str, attributes: _Attributes) -> None:
        given, target = attributes.get("id"), attributes.get("for")
        if tag == "label" and target:
            self._labelled.append((target, self._place()))
        if not given:
            return
        if given in self._ids:
            what = f"the id {given!r} is repeated: line {self._ids[given].line} has it, too"
            self._warn("id-twice", what, "Give each element a different id; labels find only the first.")
        self._ids.setdefault(given, self._place())

    def _place(self) -> Place:
        line, column = self.getpos()
        return Place(self._file, line, column + 1)

    def _error(self, code: str, what: str, fix: str, place: Place | None = None) -> None:
        self.markup.findings.append(Finding(Severity.ERROR, f"html-{code}", place or self._place(), what, fix))

    def _warn(self, code: str, what: str, fix: str, place: Place | None = None) -> None:
        self.markup.findings.append(Finding(Severity.WARNING, f"html-{code}", place or self._place(), what, fix))


def _called(kind: str) -> str:
    return {"select": "list", "textarea": "text field", "radio": "choice", "checkbox": "checkbox"}.get(kind, "field")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "&quot;") + '"'


def _short(address: str) -> str:
    return repr(address if len(address) <= 60 else address[:59] + "…")
