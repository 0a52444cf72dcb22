"""Checks the HTML of a page: what the participant's page removes, and what breaks its form.

The participant's page adds the form element and the Submit button, and removes scripts and event
handlers. A field's `name` is the key of its answer; of several fields with one name only the last
answer is stored, except ticked boxes, which are joined.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from hippo_cli.study import addresses, lost, tree
from hippo_cli.study.fields import NO_ANSWER, Field, Question, kind_of, questions
from hippo_cli.study.fields import read as read_fields
from hippo_cli.study.findings import Finding, Place, Severity
from hippo_cli.study.tree import Element, Tree
from hippo_gym.participants.pages import EXIT

_SUBMITS: Final = frozenset({"submit", "image"})

_MARKS: Final = re.compile(
    r"\{\{.{1,200}?\}\}|\{%.{1,200}?%\}|\$\{[^{}]{1,200}\}|<%.{1,200}?%>|\[%.{1,200}?%\]|\{[A-Z][A-Z_]*:[^{}]{1,200}\}",
    re.DOTALL,
)
"""Marks of Jinja and Vue, Jinja, Qualtrics, ASP, Template Toolkit, LimeSurvey."""


_CODE: Final = re.compile(r"<\?(?:php\b|=)[^>]{0,500}>", re.IGNORECASE)


@dataclass
class Markup:
    """The fields and faults of a page.

    Attributes:
        fields: the number of fields that a participant can answer.
        questions: the questions by name, as the participant's page sends their answers.
        buttons: name → values of the page's own buttons that submit it.
        exits: the page has the text that hides the Submit button.
        code_line: the line of the page's place for the completion code; None without one.
        checked: the page could be read.
        findings: the page's faults.
    """

    fields: int = 0
    questions: dict[str, Question] = field(default_factory=dict)
    buttons: dict[str, set[str]] = field(default_factory=dict)
    exits: bool = False
    code_line: int | None = None
    checked: bool = True
    findings: list[Finding] = field(default_factory=list)


def read(text: str, file: str, files: Collection[str] = ()) -> Markup:
    """Read a page; a page that cannot be read is a finding.

    Args:
        text: the page's HTML.
        file: its file name, for the places.
        files: the names of the study's files in its folder `assets`.
    """
    try:
        return _read(tree.parse(text, file), EXIT in text, files)
    except Exception as error:  # noqa: BLE001 - no page may keep the others from being checked
        what = f"this page could not be checked, because of a fault in `hippo`: {error!r}"
        fix = "Look at it in `hippo preview`, and report this fault."
        return Markup(checked=False, findings=[Finding(Severity.WARNING, "html-unchecked", Place(file), what, fix)])


def _read(page: Tree, exits: bool, files: Collection[str]) -> Markup:
    fields = read_fields(page)
    sending = [each for each in fields if each.sends]
    markup = Markup(
        fields=len([each for each in sending if each.kind != "hidden"]),
        questions=questions(page),
        buttons=_buttons(page),
        exits=exits,
        code_line=next((page.place(span).line for span in page.named("span") if _has_code(span)), None),
    )
    findings = [
        *lost.judge(page),
        *addresses.judge(page, files),
        *_of_elements(page),
        *_of_fields(page, sending),
        *_of_names(page, markup.questions),
        *_of_ids(page),
        *_of_marks(page),
    ]
    markup.findings = sorted(dict.fromkeys(findings), key=lambda finding: finding.place)
    return markup


def _has_code(span: Element) -> bool:
    return "COMPLETION_CODE" in span.attributes.get("class", "").split() and span.is_kept


def _buttons(page: Tree) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for button in page.named("button", "input"):
        kind = _kind_of_button(button)
        name = button.attributes.get("name")
        if name and kind == "submit" and button.is_kept and not button.disabled:
            found.setdefault(name, set()).add(button.attributes.get("value", ""))
    return found


def _kind_of_button(element: Element) -> str:
    if element.name == "input":
        return kind_of(element)
    kind = element.attributes.get("type", "").strip().lower()
    return kind if kind in ("reset", "button") else "submit"


def _of_elements(page: Tree) -> Iterator[Finding]:
    for element in page.elements:
        if element.name == "script":
            what = "participants' pages run no scripts, so this is removed"
            yield _warn(page, "script", element, what, "Delete it.")
        if not element.is_kept:
            continue
        if element.name == "button" or (element.name == "input" and kind_of(element) in NO_ANSWER - {"file"}):
            yield from _of_button(page, element)
        for name in element.attributes:
            if name.startswith("on") and len(name) > 2:
                what = f"participants' pages run no scripts, so `{name}` is removed"
                yield _warn(page, "event-handler", element, what, "Delete it.")


def _of_button(page: Tree, element: Element) -> Iterator[Finding]:
    kind = _kind_of_button(element)
    if kind == "reset":
        what = "this button would delete all answers, so it is removed"
        yield _warn(page, "reset-button", element, what, "Delete it.")
    elif kind == "button":
        what = "only a script would answer this button, so it does nothing"
        yield _warn(page, "script-button", element, what, "Delete it, or write its text into the page.")
    elif kind in _SUBMITS and not (kind == "submit" and element.attributes.get("name")):
        what = f"<{element.name}> submits the page, which already has a Submit button"
        yield _warn(page, "submit-button", element, what, "Delete it: the participant's page adds its own.")


def _of_fields(page: Tree, fields: list[Field]) -> Iterator[Finding]:
    for element in page.named("input"):
        if kind_of(element) == "file" and element.is_kept and not element.disabled:
            what = "participants cannot send files, only text and choices"
            yield _error(page, "file-field", element, what, "Delete this field, and ask for the file in another way.")
    boxes = Counter(each.name for each in fields if each.kind == "checkbox")
    for each in fields:
        element, kind, name = each.element, each.kind, each.name
        if not name:
            what = f"this {_called(kind)} has no name, so its answer is lost"
            yield _error(page, "no-name", element, what, 'Write `name="…"` in it: the key of its answer.')
        elif "value" not in element.attributes and (kind == "radio" or (kind == "checkbox" and boxes[name] > 1)):
            what = f"a choice of {name!r} has no value, so its answer is 'on', as for every other such choice"
            fix = 'Write `value="…"` in it: the answer if a participant chooses it.'
            yield _error(page, "no-value", element, what, fix)
        if kind != "hidden" and element.hidden and not _has_shown_label(page, element):
            what = f"this {_called(kind)} is hidden, so no participant can answer it"
            needs = "required" in element.attributes
            more = "; the participant's page does not insist on it" if needs else ""
            fix = "Delete what hides it: no script of the page would show it."
            yield _warn(page, "hidden-field", element, what + more, fix)


def _has_shown_label(page: Tree, element: Element) -> bool:
    """Return whether a label that is shown answers a hidden field: boxes of a style of their own."""
    if (around := element.around("label")) is not None and not around.hidden:
        return True
    given = element.attributes.get("id")
    labels = page.named("label") if given else iter(())
    return any(label.attributes.get("for") == given and not label.hidden for label in labels)


def _of_names(page: Tree, found: dict[str, Question]) -> Iterator[Finding]:
    for name, question in found.items():
        for kind in ("radio", "checkbox"):
            seen: set[str] = set()
            for each in (each for each in question.fields if each.kind == kind and each.values):
                value = (each.values or ("",))[0]
                if value in seen and "value" in each.element.attributes:
                    what = f"two choices of {name!r} have the value {value!r}, so their answers look the same"
                    yield _error(page, "value-twice", each.element, what, "Give each choice a different value.")
                seen.add(value)
        kinds = Counter(each.kind for each in question.fields)
        groups = [1 if kind in ("radio", "checkbox") else count for kind, count in kinds.items()]
        if sum(groups) > 1 and not (sum(groups) == kinds["hidden"] + 1 and question.fields[0].kind == "hidden"):
            what = f"{len(question.fields)} fields have the name {name!r}: only the last answer is stored"
            yield _warn(page, "name-twice", question.fields[-1].element, what, "Give each field a different name.")


def _of_ids(page: Tree) -> Iterator[Finding]:
    places: dict[str, Place] = {}
    for element in (each for each in page.elements if each.is_kept and each.attributes.get("id")):
        given = element.attributes["id"]
        if given in places:
            what = f"the id {given!r} is repeated: line {places[given].line} has it, too"
            fix = "Give each element a different id; labels find only the first."
            yield _warn(page, "id-twice", element, what, fix)
        places.setdefault(given, page.place(element))
    yield from _of_labels(page, places)


def _of_labels(page: Tree, ids: Collection[str]) -> Iterator[Finding]:
    controls = [each.attributes for each in page.named("input", "select", "textarea") if each.is_kept]
    names = {control["name"]: control.get("id", "") for control in controls if control.get("name")}
    labelled: dict[str, list[Element]] = {}
    for label in page.named("label"):
        target = label.attributes.get("for")
        if target and target not in ids and label.is_kept:
            labelled.setdefault(target, []).append(label)
    for target, labels in labelled.items():
        what = f"this label is for {target!r}, and no element of the page has that id"
        fix = f"Write `id={_quoted(target)}` in the label's field."
        if len(labels) > 1:
            fix = "Give each field an id of its own, and write it in `for` of its label."
        elif names.get(target):
            fix = f"Write `for={_quoted(names[target])}`: the id of the field with this name."
        for label in labels:
            yield _warn(page, "label", label, what, fix)


def _of_marks(page: Tree) -> Iterator[Finding]:
    """Yield the marks that another tool would have replaced."""
    for found in _CODE.finditer(page.text):
        what = f"no server runs {_short(found[0])} for participants, and they do not see it"
        fix = "Write the text that it stands for."
        yield Finding(Severity.WARNING, "html-template", page.place(found.start()), what, fix)
    for element in page.elements:
        if not element.is_kept or element.name == "#comment":
            continue
        texts = [element.text, *element.attributes.values()]
        mark = next((match for text in texts if (match := _MARKS.search(text)) is not None), None)
        if mark is not None:
            what = f"no other program fills in {_short(mark[0])} for participants"
            yield _warn(page, "template", element, what, "Write the text that it stands for.")


def _called(kind: str) -> str:
    return {"select": "list", "textarea": "text field", "radio": "choice", "checkbox": "checkbox"}.get(kind, "field")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "&quot;") + '"'


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return repr(plain if len(plain) <= 60 else plain[:59] + "…")


def _error(page: Tree, code: str, element: Element, what: str, fix: str) -> Finding:
    return Finding(Severity.ERROR, f"html-{code}", page.place(element), what, fix)


def _warn(page: Tree, code: str, element: Element, what: str, fix: str) -> Finding:
    return Finding(Severity.WARNING, f"html-{code}", page.place(element), what, fix)
