"""Finds markup that the participant's page removes, and markup that breaks its form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_cli.study import Severity
from hippo_cli.study.markup import Markup, read

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def markup(text: str) -> Markup:
    return read(text, "page.html")


@pytest.mark.parametrize(
    ("text", "severity", "code"),
    [
        ("<script>1 < 2</script>", WARNING, "script"),
        ('<a href="javascript:go()">x</a>', WARNING, "script"),
        ('<p onclick="go()">x</p>', WARNING, "event-handler"),
        ('<img src="https://x.example/a.png" onerror="go()">', WARNING, "event-handler"),
        ("<button>Send</button>", WARNING, "submit-button"),
        ('<button type="submit">Send</button>', WARNING, "submit-button"),
        ('<input type="submit">', WARNING, "submit-button"),
        ('<input type="image" src="https://x.example/a.png">', WARNING, "submit-button"),
        ('<input type="reset">', WARNING, "reset-button"),
        ('<button type="button">x</button>', WARNING, "script-button"),
        ('<input type="button" value="x">', WARNING, "script-button"),
        ("<input>", ERROR, "no-name"),
        ('<input name="">', ERROR, "no-name"),
        ("<select><option>a</option></select>", ERROR, "no-name"),
        ("<textarea></textarea>", ERROR, "no-name"),
        ('<input type="file" name="a">', ERROR, "file-field"),
        ('<input type="radio" name="a">', ERROR, "no-value"),
        ('<input type="radio" name="a" value="1"><input type="radio" name="a" value="1">', ERROR, "value-twice"),
        ('<input name="a"><input name="a">', WARNING, "name-twice"),
        ('<input type="radio" name="a" value="1"><input name="a">', WARNING, "name-twice"),
        ('<p id="a"></p><p id="a"></p>', WARNING, "id-twice"),
        ('<label for="b">x</label>', WARNING, "label"),
        ('<textarea name="a">', ERROR, "not-closed"),
        ("<style>p { color: red }", ERROR, "not-closed"),
        ('<img src="images/a.png">', WARNING, "address"),
        ('<link rel="stylesheet" href="/style.css">', WARNING, "address"),
        ('<img src="http://x.example/a.png">', WARNING, "address"),
        ('<a href="2_next.html">on</a>', WARNING, "address"),
    ],
)  # fmt: skip
def test_removed_markup_is_a_warning_and_lost_answers_are_an_error(text: str, severity: Severity, code: str) -> None:
    assert [(finding.severity, finding.code) for finding in markup(text).findings] == [(severity, f"html-{code}")]


@pytest.mark.parametrize(
    "text",
    [
        "<!doctype html><html><head><style>p > a { x: y }</style></head><body><p>x</p></body></html>",
        '<input type="radio" name="a" value="1"><input type="radio" name="a" value="2">',
        '<input type="hidden" name="a" value="no"><input type="checkbox" name="a" value="yes">',
        '<select name="a"><option>1<option>2</select>',
        '<form action="save.php" method="post"><input name="a"></form>',
        '<button name="go" value="1">x</button>',
        "<input disabled>",
        '<label for="a">x</label><input id="a" name="a"><br/>',
        '<a href="https://x.example/">x</a> <a href="#top">x</a> <img src="data:image/png;base64,AA=="><a>x</a>',
        "<!-- <form><script></script></form> -->",
        'You may exit now <span class="MTURK_CODE"></span>',
    ],
)
def test_allowed_markup_has_no_findings(text: str) -> None:
    assert markup(text).findings == []


def test_a_finding_knows_its_line_and_column() -> None:
    finding = markup("<p>Hello</p>\n  <input>\n").findings[0]
    assert (finding.file, finding.line, finding.column) == ("page.html", 2, 3)


def test_a_repeated_id_names_the_line_of_the_first() -> None:
    finding = markup('<p id="a"></p>\n\n<p id="a"></p>').findings[0]
    assert finding.line == 3
    assert "line 1" in finding.what


def test_visible_fields_are_counted() -> None:
    assert markup('<input name="a"><input type="hidden" name="b"><select name="c"></select>').fields == 2


@given(st.text(alphabet=st.sampled_from("<>/!-='\" \nabfopnscriptinputtextareaselectforminlabel"), max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert all(finding.what and finding.fix and finding.line >= 1 for finding in markup(text).findings)
