"""Faults are found and cost little; sliders left as they were are named; codes are copied."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Page

from tests.browser import studies
from tests.browser.browsers import EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.scenes import COMPLETION
from tests.browser.visitors import Visitor
from tests.browser.webdriver import WebKitTab

# --- faults ---

IN_DETAILS: Final = """<h1>Questions</h1><label>Name <input name="name" required></label>
<details><summary>About you</summary><details><summary>Your age</summary>
<label>Age <input name="age" required></label></details>
<div style="display: none"><input name="later" required></div></details>"""


@EVERY_BROWSER
def test_faults_in_closed_details_are_opened(visitor: Visitor) -> None:
    page = visitor.come_to_page(IN_DETAILS)
    expect(page.get_by_label("Age", exact=True)).to_be_hidden()
    visitor.submit()
    expect(page.locator("p", has_text="2 questions still need an answer")).to_be_visible()
    expect(page.get_by_label("Name")).to_be_focused()
    expect(page.get_by_label("Age", exact=True)).to_be_visible()
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Age", exact=True).fill("36")
    assert visitor.sent() == {"name": "Ada", "age": "36", "later": ""}


@EVERY_BROWSER
def test_the_hint_of_a_pattern_is_said_once(visitor: Visitor) -> None:
    """Firefox and WebKit end their message with the title."""
    page = visitor.come_to_page('<label>Code <input name="code" pattern="[0-9]{4}" title="Four digits"></label>')
    page.get_by_label("Code").fill("x")
    visitor.submit()
    note = page.locator(".hippo-fault")
    expect(note).to_be_visible()
    assert note.inner_text().count("Four digits") == 1


HUNDRED: Final = "".join(
    f'<div class="field"><label for="q{n}">Question {n}</label>'
    f'<input id="q{n}" type="email" name="q{n}" required></div>'
    for n in range(100)
)

_CHANGES: Final = """() => {
    const root = document.querySelector(".step").shadowRoot;
    window.changes = 0;
    new MutationObserver((records) => (window.changes += records.length))
        .observe(root, { childList: true, subtree: true, attributes: true, characterData: true });
}"""


@EVERY_BROWSER
def test_a_typed_character_changes_its_own_fault_only(visitor: Visitor) -> None:
    """With all faults written again, each character took 17 to 49 ms."""
    page = visitor.come_to_page(HUNDRED)
    visitor.submit()
    expect(page.locator("p", has_text="100 questions still need an answer")).to_be_visible()
    page.get_by_label("Question 50", exact=True).focus()
    page.evaluate(_CHANGES)
    page.keyboard.type("a")
    expect(page.locator("#q50 ~ .hippo-fault, .field:has(#q50) .hippo-fault")).to_have_text(
        "Please enter an e-mail address."
    )
    assert page.evaluate("changes") <= 4
    page.keyboard.type("@b.de")
    expect(page.locator("p", has_text="99 questions still need an answer")).to_be_visible()
    expect(page.locator(".field:has(#q50) .hippo-fault")).to_have_count(0)
    expect(page.locator(".hippo-faults li")).to_have_count(99)


# --- sliders ---

SLIDERS: Final = """<h1>Sliders</h1><label>Joy <input type="range" name="joy" min="0" max="10" value="5"></label>
<label>Calm <input type="range" name="calm" min="0" max="10" value="5"></label>
<label>Note <input name="note"></label>"""


def _move(page: Page) -> None:
    page.get_by_label("Joy").press("ArrowRight")


def _press_at_its_place(page: Page | WebKitTab) -> None:
    if isinstance(page, WebKitTab):  # whose driver takes the parts of a slider for others that cover it
        page.get_by_label("Joy").dispatch_event("pointerup")
    else:
        page.get_by_label("Joy").click()  # in its middle: the value stays 5


def _space(page: Page) -> None:
    page.get_by_label("Joy").press(" ")


TOUCHES: Final = {"moved": (_move, "6"), "pressed": (_press_at_its_place, "5"), "space bar": (_space, "5")}


@EVERY_BROWSER
@pytest.mark.parametrize("how", TOUCHES)
@pytest.mark.parametrize("reload", [False, True], ids=["at once", "after a reload"])
def test_a_slider_left_as_it_was_is_named(how: str, reload: bool, visitor: Visitor) -> None:
    act, value = TOUCHES[how]
    page = visitor.come_to_page(SLIDERS)
    act(page)
    page.get_by_label("Note").fill("x")
    page.get_by_text("Calm").click()  # a press on the words is no answer
    if reload:
        page.reload()
        expect(visitor.submit_button).to_be_enabled()
    assert visitor.sent() == {"joy": value, "calm": "5", "note": "x", "_untouched": "calm"}


def test_with_every_slider_touched_nothing_is_added(visitor: Visitor) -> None:
    page = visitor.come_to_page(SLIDERS)
    for name in ("Joy", "Calm"):
        page.get_by_label(name).press("ArrowLeft")
    assert visitor.sent() == {"joy": "4", "calm": "4", "note": ""}


def test_a_field_of_the_same_name_is_the_studys(visitor: Visitor) -> None:
    visitor.come_to_page(
        '<input type="range" name="joy" aria-label="Joy"><input name="_untouched" aria-label="x" value="mine">'
    )
    assert visitor.sent() == {"joy": "50", "_untouched": "mine"}


# --- codes ---


@EVERY_BROWSER
@pytest.mark.parametrize(("span", "copied"), [("COMPLETION_CODE", "C1A2B3C4"), ("MTURK_CODE", "ada")])
def test_a_code_in_the_last_page_has_a_copy_button(span: str, copied: str, engine: str, visitor: Visitor) -> None:
    files = {
        **studies.FILES,
        "thanks.html": f'<h1>Thanks</h1><p>Code: <span class="{span}"></span></p><p>You may exit now</p>',
    }
    completion = {"completion": COMPLETION} if span == "COMPLETION_CODE" else {}
    visitor.site.study.register({**visitor.site.study.entry, **completion}, files)
    if engine == "chromium":
        visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.come_to("4")
    visitor.answer_survey()
    visitor.sees("Thanks")
    button = visitor.page.locator(".hippo-copy")
    button.click()
    expect(button).to_have_text("Copied")
    if engine != "webkit":  # which asks before a page may read
        assert visitor.page.evaluate("navigator.clipboard.readText()") == copied
    assert visitor.page.locator(f".{span}").evaluate("code => getComputedStyle(code).webkitUserSelect") == "all"


@EVERY_BROWSER
def test_without_access_to_the_clipboard_the_code_is_selected(visitor: Visitor) -> None:
    visitor.page.add_init_script("Clipboard.prototype.writeText = () => Promise.reject(new Error('no'));")
    visitor.come_to("4")
    visitor.answer_survey()
    visitor.sees("Thank you")
    visitor.page.locator(".hippo-copy").click()
    visitor.page.wait_for_function("""() => {
        const selection = document.querySelector(".step").shadowRoot.getSelection?.() ?? getSelection();
        return selection.toString().trim() === "ada";
    }""")
