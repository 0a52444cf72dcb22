"""Everything that a study's page holds can be reached, however narrow the window is."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.accessibility import ALL_RULES, violations
from tests.browser.browsers import CHROMIUM_AND_FIREFOX, EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.game_server import GameServer
from tests.browser.keyboard import focused_name, tab_to
from tests.browser.scenes import SCENES
from tests.browser.test_every_page import is_wider_than_its_window
from tests.browser.visitors import Visitor

WORDS: Final = ["Strongly disagree", "Disagree", "Rather disagree", "Undecided", "Rather agree", "Agree", "Certainly"]
HINT: Final = "Wider than this window: scroll sideways to see all of it."

NARROW: Final = {"width": 320, "height": 256}
"""A window of 1280 by 1024 at 400 %. CSS pixels."""


def _likert(direction: str = "ltr") -> str:
    heads = "".join(f'<th scope="col">{word}</th>' for word in WORDS)
    cells = "".join(
        f'<td><input type="radio" name="q" value="{n}" aria-label="{word}"></td>' for n, word in enumerate(WORDS)
    )
    return (
        f'<h1>Seven answers</h1><div dir="{direction}"><table><caption>How much do you agree?</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead>"
        f'<tbody><tr><th scope="row">The robot helped me</th>{cells}</tr></tbody></table></div>'
    )


def _can_be_seen(page: Page, element: Locator) -> bool:
    """Scroll to an element as a person does, by what scrolls; return whether a point of it is on the screen.

    Both in one script: WebKitGTK scrolls back to what has the focus a moment after it got it.
    """
    return bool(
        element.evaluate("""element => {
            element.scrollIntoView({ block: "center", inline: "nearest" });
            const { left, top, width, height } = element.getBoundingClientRect();
            const root = element.getRootNode();
            const found = root.elementFromPoint(left + width / 2, top + height / 2);
            return found !== null && (element.contains(found) || found.contains(element) && found !== root.host);
        }""")
    )


@EVERY_BROWSER
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("size", [NARROW, {"width": 360, "height": 640}], ids=["400 %", "phone"])
def test_every_answer_of_a_wide_table_can_be_reached(size: dict[str, int], direction: str, visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size(size)  # type: ignore[arg-type]
    visitor.come_to_page(_likert(direction))
    expect(page.get_by_text(HINT)).to_be_visible()
    region = page.get_by_role("region", name="How much do you agree?")
    expect(region).to_be_visible()
    for word in WORDS:
        answer = page.get_by_role("radio", name=word, exact=True)
        assert _can_be_seen(page, answer), word
    page.get_by_role("radio", name="Certainly").check()
    assert not is_wider_than_its_window(page)
    assert violations(page, ALL_RULES) == []
    assert visitor.sent() == {"q": "6"}


@EVERY_BROWSER
def test_a_wide_table_scrolls_by_keyboard(visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 320, "height": 568})
    visitor.come_to_page(_likert())
    region = page.get_by_role("region", name="How much do you agree?")
    expect(region).to_be_visible()
    tab_to(page, "How much do you agree?")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.step').shadowRoot.activeElement.scrollLeft > 0")


@EVERY_BROWSER
def test_a_table_that_fits_has_no_hint(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 320, "height": 568})
    page = visitor.come_to_page(f"<table><tr>{'<td>Undecided</td>' * 5}</tr></table>")
    region = page.get_by_role("region", name="Wide table")
    for width, hints in ((320, 1), (1280, 0), (320, 1)):
        page.set_viewport_size({"width": width, "height": 568})
        expect(page.get_by_text(HINT)).to_have_count(hints)
        expect(region).to_have_count(hints)
    page.set_viewport_size({"width": 1280, "height": 568})
    expect(region).to_have_count(0)
    expect(page.locator(".hippo-wide")).to_have_css("box-shadow", "none")


@CHROMIUM_AND_FIREFOX  # WebKitGTK's driver cannot make a loaded page so narrow
def test_the_focus_and_the_typed_text_stay_when_a_table_becomes_wide(visitor: Visitor) -> None:
    cells = "".join(f"<td>{word.replace(' ', '')}</td>" for word in WORDS)
    page = visitor.come_to_page(f'<table><tr>{cells}<td><input aria-label="Why" name="why"></td></tr></table>')
    page.get_by_label("Why").fill("so")
    page.set_viewport_size({"width": 320, "height": 568})
    expect(page.get_by_role("region", name="Wide table")).to_be_visible()
    assert focused_name(page) == "Why"
    page.keyboard.type("!")
    assert visitor.sent() == {"why": "so!"}


WIDE: Final = {
    "fixed": '<div style="width: 900px; background: #eee">x'
    '<button type="button" style="float: right">The end</button></div>',
    "one line": f'<p style="white-space: nowrap">{"word " * 80}<button type="button">The end</button></p>',
    "picture": '<div style="display: flex"><svg style="flex: none; max-width: none" width="900" height="40">'
    '<rect width="900" height="40"/></svg><button type="button">The end</button></div>',
    "below": '<div style="position: absolute; left: 700px; top: 30px"><button type="button">The end</button></div>',
}


@EVERY_BROWSER
@pytest.mark.parametrize("kind", WIDE)
def test_what_is_wider_than_the_card_can_be_reached(kind: str, visitor: Visitor) -> None:
    page = visitor.page
    page.set_viewport_size({"width": 320, "height": 568})
    visitor.come_to_page(f"<h1>Wide</h1>{WIDE[kind]}")
    expect(page.get_by_text(HINT)).to_be_visible()
    expect(page.get_by_role("region", name="Wide page")).to_have_attribute("tabindex", "0")
    assert _can_be_seen(page, page.get_by_role("button", name="The end"))
    assert not is_wider_than_its_window(page)


def test_a_sticky_element_of_a_page_that_fits_sticks_to_the_window(visitor: Visitor) -> None:
    page = visitor.come_to_page(f'<p style="position: sticky; top: 0">Here</p>{"<p>x</p>" * 99}')
    page.mouse.wheel(0, 2000)
    page.wait_for_function("scrollY > 500")
    expect(page.get_by_text("Here", exact=True)).to_be_in_viewport()


@EVERY_BROWSER
@pytest.mark.parametrize(
    "name", ["playing", "every_control", "own_keys", "every_input", "starting", "every_fault", "completed"]
)
def test_every_control_can_be_reached_at_400_percent(name: str, visitor: Visitor, game: GameServer) -> None:
    page = visitor.page
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    SCENES[name](visitor, game)
    assert not is_wider_than_its_window(page)
    for control in page.locator("button:visible, input:visible, select:visible, textarea:visible, a:visible").all():
        assert _can_be_seen(page, control), control


@EVERY_BROWSER
def test_a_closed_dialog_is_closed_and_a_button_opens_it(visitor: Visitor) -> None:
    page = visitor.come_to_page(
        '<h1>Help</h1><dialog id="more"><p>More help</p>'
        '<button commandfor="more" command="close" type="button">Back</button>'
        '</dialog><button commandfor="more" command="show-modal" type="button">Help me</button>'
        "<dialog open><p>Always here</p></dialog>"
    )
    expect(page.get_by_text("More help")).to_be_hidden()
    expect(page.get_by_text("Always here")).to_be_visible()
    page.get_by_role("button", name="Help me").click()
    expect(page.get_by_text("More help")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_text("More help")).to_be_hidden()


@EVERY_BROWSER
@pytest.mark.parametrize("name", ["100%", "a%20b", "%E0%A4%A"])
def test_a_link_to_a_place_with_a_percent_sign_goes_there(name: str, visitor: Visitor) -> None:
    place = "a b" if name == "a%20b" else name
    page = visitor.come_to_page(f'<a href="#{name}">Down</a>{"<p>x</p>" * 80}<p id="{place}">The end</p>')
    page.get_by_role("link", name="Down").click()
    expect(page.get_by_text("The end", exact=True)).to_be_in_viewport()
