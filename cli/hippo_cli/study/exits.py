"""Checks that participants can give the answers that end a study early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hippo_cli.study import markup, pages
from hippo_cli.study.document import Document, below
from hippo_cli.study.findings import Finding, Severity
from hippo_cli.study.project import PROJECT
from hippo_gym.studies.assignment import conditions_of_page


def judge(document: Document, entry: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield the exits that no answer of a page can trigger.

    Args:
        document: the config.yml.
        entry: the entry to register.
        files: the study's pages.
    """
    for outcome, leaving in entry.get("exits", {}).items():
        step = entry["steps"].get(str(int(leaving["step"]))) or ""
        for_conditions = [file for file in files if conditions_of_page(step, file) is not None]
        for file in sorted({*pages.groups(step, files), *for_conditions}):
            page = markup.read(files[file].decode("utf-8", errors="replace"), file)
            if page.checked:
                yield from _of_page(document, below(below(PROJECT, "exits"), outcome), leaving, page, file)


def _of_page(
    document: Document, where: str, leaving: Mapping[str, Any], page: markup.Markup, file: str
) -> Iterator[Finding]:
    name, values = leaving["field"], sorted(leaving["values"])
    if name not in page.questions and name not in page.buttons:
        where, what = below(where, "field"), f"{file} has no field {name!r}, so no participant can take this exit there"
        named = ", ".join([*page.questions, *page.buttons])
        fix = f"Give a field of {file} that name, or use one of its fields: {named or 'it has none'}."
        yield Finding(Severity.ERROR, "exit-field", document.place(where), what, fix, where=where)
        return
    question, buttons = page.questions.get(name), page.buttons.get(name, set())
    if not any(value in buttons or (question is not None and question.can_send(value)) for value in values):
        known = sorted(value for value in {*buttons, *((question.values or set()) if question else ())} if value)
        where, what = below(where, "values"), f"in {file}, no choice of {name!r} has any of these values"
        fix = f"Use some of its values: {', '.join(known)}."
        yield Finding(Severity.ERROR, "exit-value", document.place(where), what, fix, where=where)
