"""Forms in researchers' pages: the collected answers, and the messages about missing ones."""

from __future__ import annotations

import json

from tests.browser import studies
from tests.browser.browsers import EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.visitors import Visitor


def test_every_kind_of_control_is_collected(visitor: Visitor) -> None:
    page = visitor.come_to_page(studies.EVERY_CONTROL)
    page.get_by_label("Mail").fill("ada@example.org")
    page.get_by_label("Number").fill("1.5e1")
    page.get_by_label("Number").fill("15")
    page.get_by_label("Day").fill("2001-02-03")
    page.get_by_label("Long").fill("Ünï\ncode ✓")
    page.get_by_label("List").select_option("b")
    page.get_by_label("Many").select_option(["x", "z"])
    for label in ("Ticked", "One", "Second"):
        page.get_by_label(label, exact=True).check()
    visitor.submit()
    visitor.sees("Your thoughts")
    body = visitor.site.study.record("ada")["requests"][-1]["body"]
    assert json.loads(body) == {
        "text": "given",
        "empty": "",
        "mail": "ada@example.org",
        "number": "15",
        "day": "2001-02-03",
        "range": "3",
        "colour": "#336699",
        "hidden": "secret",
        "long": "Ünï\ncode ✓",
        "list": "b",
        "many": "x, z",
        "ticked": "yes",
        "unticked": "",
        "default": "no",
        "group": "one",
        "choice": "2",
        "twice": "last",
        "": "anonymous",
        "elements": "e",
        "submit": "s",
        "__proto__": "p",
        "_untouched": "range",
    }


def test_a_page_without_fields_sends_an_empty_object(visitor: Visitor) -> None:
    visitor.come_to_page("<h1>Read this</h1>")
    assert visitor.sent() == {}


def test_labels_tick_their_boxes(visitor: Visitor) -> None:
    page = visitor.come_to_page('<input type="checkbox" id="a" name="a" value="yes"><label for="a">Press here</label>')
    page.get_by_text("Press here").click()
    assert visitor.sent() == {"a": "yes"}


def test_a_page_sends_its_own_named_button(visitor: Visitor) -> None:
    page = visitor.come_to_page('<h1>Choose</h1><button name="choice" value="left">Take the left one</button>')
    page.get_by_role("button", name="Take the left one").click()
    visitor.sees("Your thoughts")
    assert visitor.site.study.answers("ada")[0][1] == {"choice": "left"}


ASKING = """
<h1>Asking</h1>
<label for="mail">Mail</label> <input type="email" id="mail" name="mail" required aria-describedby="hint">
<p id="hint">A hint.</p>
<label><input type="checkbox" name="agree" value="yes" required> I agree</label>
<fieldset><legend>One of these</legend>
<label><input type="radio" name="one" value="1" required> First</label>
<label><input type="radio" name="one" value="2"> Second</label></fieldset>
<label for="code">Code</label> <input id="code" name="code" pattern="[A-Z]{3}" title="Three capital letters.">
"""


@EVERY_BROWSER
def test_missing_answers_are_shown_beside_their_fields_and_announced(visitor: Visitor) -> None:
    page = visitor.come_to_page(ASKING)
    page.get_by_label("Code").fill("abc")
    visitor.submit()
    expect(page.get_by_role("alert")).to_have_text("4 questions still need an answer")
    mail = page.get_by_label("Mail")
    expect(mail).to_be_focused()
    expect(mail).to_have_attribute("aria-invalid", "true")
    expect(mail).to_have_accessible_description("A hint. Please answer this question.")
    expect(page.get_by_label("First")).to_have_accessible_description("Please answer this question.")
    expect(page.get_by_label("Code")).to_have_accessible_description("Please check this answer. Three capital letters.")
    assert visitor.site.posts() == []
    page.get_by_role("link", name="One of these: Please answer").click()
    expect(page.get_by_label("First")).to_be_focused()
    mail.fill("ada@example.org")
    expect(mail).not_to_have_attribute("aria-invalid", "true")
    expect(mail).to_have_accessible_description("A hint.")
    expect(page.locator("p", has_text="3 questions still need an answer")).to_be_visible()
    page.get_by_label("I agree").check()
    page.get_by_label("Second").check()
    page.get_by_label("Code").fill("ABC")
    expect(page.locator("p", has_text="still need")).to_be_hidden()
    assert visitor.sent() == {"mail": "ada@example.org", "agree": "yes", "one": "2", "code": "ABC"}


@EVERY_BROWSER
def test_a_restored_text_that_is_too_short_is_still_refused(visitor: Visitor) -> None:
    visitor.come()
    visitor.page.get_by_label("I agree").check()
    visitor.page.get_by_label("Your initials").fill("A")
    visitor.page.reload()
    visitor.sees("About this study")
    visitor.submit()
    expect(visitor.page.get_by_text("Please write at least 2 characters.").first).to_be_visible()
    assert visitor.site.posts() == []
