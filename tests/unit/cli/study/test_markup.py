"""Finds markup that the participant's page removes, and markup that breaks its form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_cli.study import Severity, tree
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


LOST = {
    "an unclosed comment": "<p>x</p><!-- note <input name=a><p>y",
    "an unclosed quote": '<p>x</p><p class="b>text<input name=a>',
    "a quote that ends too late": '<p class="b>text<input name=a><p class="c">y</p>',
    "an iframe that is closed like an empty element": '<iframe src="https://x.example/"/><p>text</p><input name=a>',
    "noscript": "<noscript><input name=a></noscript>",
    "a template": "<template><div><input name=a></div></template>",
    "a foreign object": "<svg><foreignObject><input name=a></foreignObject></svg>",
    "a text field that is closed by another": "<textarea name=b><input name=a></textarea>",
    "a title": "<title>x<body><input name=a>",
    "an element of a picture": "<svg><input name=a></svg>",
    "a list in a list": "<select name=b><option>1<select name=a></select>",
}


@pytest.mark.parametrize("text", LOST.values(), ids=LOST.keys())
def test_each_lost_field_is_an_error_at_its_line(text: str) -> None:
    page = markup("<p>first</p>\n" + text)
    found = [finding for finding in page.findings if finding.code == "html-lost-field"]
    assert [(each.severity, each.line, "'a'" in each.what, bool(each.fix)) for each in found] == [
        (ERROR, 2, True, True)
    ]
    assert text[found[0].column - 1 :].startswith(("<input name=a", "<select name=a"))
    assert "a" not in page.questions


@pytest.mark.parametrize(
    "text",
    [
        "<!-- <input name=a> -->",
        "<script>document.write('<input name=a>')</script>",
        "<object data=x.pdf><input name=a></object>",
        "<form><fieldset><input name=a></fieldset></form>",
        "<dialog open><input name=a></dialog>",
        "<crowd-form><input name=a></crowd-form>",
        "<canvas><input name=a></canvas>",
        "<pre>&lt;input name=a&gt;</pre><input name=a>",
    ],
)
def test_a_field_that_is_kept_or_is_no_field_is_not_lost(text: str) -> None:
    assert [finding for finding in markup(text).findings if finding.code == "html-lost-field"] == []


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ('<iframe src="https://player.example/1"></iframe>', "medium", "player.example"),
        ('<embed src="a.swf">', "medium", "a.swf"),
        ('<object data="a.pdf"></object>', "medium", "<object>"),
        ("<canvas></canvas>", "medium", "<canvas>"),
        ('<svg><use href="icons.svg#a"/></svg>', "medium", "icons.svg"),
        ('<svg><rect><animate attributeName="x"/></rect></svg>', "medium", "animation"),
        ('<meta http-equiv="refresh" content="3;url=x.html">', "medium", "by themselves"),
        ("<dialog><p>x</p></dialog>", "medium", "<dialog>"),
        ("<frameset><frame src=a.html></frameset>", "medium", "frames"),
        ("<noscript>Please turn it on</noscript>", "text", "Please turn it on"),
        ("<template><p>Hello</p></template>", "text", "Hello"),
        ("<x-slider></x-slider>", "unknown", "<x-slider>"),
        ("<p>Dear {{ name }}</p>", "template", "{{ name }}"),
        ("<p>{% if a %}x{% endif %}</p>", "template", "{% if a %}"),
        ("<p>${e://Field/id}</p>", "template", "${e://Field/id}"),
        ('<input name="a" value="{TOKEN:FIRSTNAME}">', "template", "{TOKEN:FIRSTNAME}"),
        ("<?php echo $x ?>", "template", "php"),
        ('<img srcset="a.png 1x, https://x.example/b.png 2x" src="https://x.example/b.png">', "address", "a.png"),
        ("<style>p { background: url(a.png) }</style>", "address", "a.png"),
        ('<p style="background: url(&quot;a.png&quot;)">x</p>', "address", "a.png"),
        ('<video poster="a.png"></video>', "address", "a.png"),
        ('<base href="https://x.example/">', "address", "<base>"),
        ('<input name="a" required hidden>', "hidden-field", "hidden"),
        ('<div style="display:none"><input name="a"></div>', "hidden-field", "hidden"),
    ],
)  # fmt: skip
def test_what_participants_do_not_see_as_written_is_a_warning(text: str, code: str, said: str) -> None:
    found = [
        finding for finding in markup("<p>x</p>" * ("frameset" not in text) + text).findings if said in finding.what
    ]
    assert [(each.severity, each.code) for each in found] == [(WARNING, f"html-{code}")] * len(found)
    assert found


@pytest.mark.parametrize(
    "text",
    [
        '<img src="//x.example/a.png"><a href="//x.example/">x</a>',
        "<style>@media print { p { color: red } }</style>",
        '<svg><defs><g id="a"/></defs><use href="#a"/><image href="https://x.example/a.png"/></svg>',
        "<math><semantics><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup><annotation>x</annotation></semantics></math>",
        '<style>input { display: none }</style><label><input type="radio" name="a" value="1" hidden>x</label>',
        '<input type="checkbox" name="a" value="1"><input type="checkbox" name="a" value="2">',
        "<p>From 5 % to {a} and $5</p>",
        '<p>(?<![a-z])y</p><a name="old">x</a><a href="#old">x</a>',
    ],
)
def test_what_participants_see_as_written_has_no_findings(text: str) -> None:
    assert markup(text).findings == []


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ('<label for="q">1</label><label for="q">2</label>', "an id of its own"),
        ('<label for="age">1</label><input name="age" id="f1">', 'for="f1"'),
        ('<label for="age">1</label><input name="age">', 'id="age"'),
    ],
)
def test_the_fix_for_a_label_leads_to_no_repeated_ids(text: str, fix: str) -> None:
    found = [finding.fix for finding in markup(text).findings if finding.code == "html-label"]
    assert found
    assert all(fix in each for each in found)


def test_a_disabled_fieldset_disables_what_is_in_it_except_its_first_legend() -> None:
    inside = "<legend><input name=a></legend><legend><input name=b></legend><button><input name=c></button>"
    page = f"<fieldset disabled>{inside}<fieldset><legend><input name=d></legend></fieldset></fieldset><input name=e>"
    assert list(markup(page).questions) == ["a", "e"]


def test_a_page_that_cannot_be_read_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str, file: str) -> tree.Tree:
        raise IndexError(text)

    monkeypatch.setattr(tree, "parse", broken)
    found = read("<p>x</p>", "page.html")
    assert ([each.code for each in found.findings], found.checked) == (["html-unchecked"], False)


@pytest.mark.parametrize("text", ["<div>" * 5_000, "<b>" * 2_000 + "<p>" * 500, "<table>" * 1_000, "<svg><g>" * 2_000])
def test_deep_pages_are_read(text: str) -> None:
    assert markup(text + "<input name=a>").checked


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
