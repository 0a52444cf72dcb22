"""Pages of other systems: every field is found, or reported as lost with its line."""

from __future__ import annotations

import re

import pytest

from hippo_cli.rehearsal import forms
from hippo_cli.study import fields, markup, tree
from hippo_cli.study.findings import Severity
from tests.support.other_pages import pages

PAGES = pages()
NAMED = r"""<(?:input|select|textarea)\b[^<>]*?\sname=(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"""
LOST = {
    "experiment_in_javascript": set(),
    "drawn_scale": {"in_svg"},
    "clip_with_questions": {"after"},
    "task_with_custom_elements": {"in_template"},
    "broken_by_hand": {"eaten", "two"},
}
"""Kinds of page with fields that participants cannot see."""


def test_there_are_75_pages() -> None:
    assert len(PAGES) == len(set(PAGES.values())) == 75


@pytest.mark.parametrize("file", PAGES)
def test_each_field_of_the_source_is_collected_or_reported(file: str) -> None:
    text = PAGES[file]
    page = tree.parse(text, file)
    found = markup.read(text, file)
    assert found.checked
    source = re.sub(r"<!-- .*? -->|<script.*?</script>", "", text, flags=re.DOTALL)
    names = {next(filter(None, match)) for match in re.findall(NAMED, source)}
    reported = [finding.what for finding in found.findings if finding.code == "html-lost-field"]
    lost = {match[1] for what in reported if (match := re.search("'(.+?)'", what))}
    kept = {each.name for each in fields.read(page)}
    assert lost == LOST.get(file.rpartition("_")[0], set())
    assert kept | lost == names
    assert kept & lost == set()
    assert {each.name for each in fields.read(page) if each.sends} == set(forms.read(text))
    for finding in found.findings:
        line = text.split("\n")[finding.line - 1]
        assert finding.column <= len(line), finding


def test_errors_are_only_about_answers_that_would_be_lost() -> None:
    wrong = {
        (file.rpartition("_")[0], finding.code)
        for file, text in PAGES.items()
        for finding in markup.read(text, file).findings
        if finding.severity is Severity.ERROR
    }
    assert wrong == {
        ("broken_by_hand", "html-lost-field"),
        ("broken_by_hand", "html-not-closed"),
        ("clip_with_questions", "html-lost-field"),
        ("clip_with_questions", "html-not-closed"),
        ("drawn_scale", "html-lost-field"),
        ("task_with_custom_elements", "html-lost-field"),
    }
