"""What holds in every browser: a whole study, reloads, the Back button, double clicks, two tabs, no storage, touch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final, cast

import pytest
from playwright.sync_api import Page

from tests.browser.game_server import GameServer
from tests.browser.keyboard import focused_name, tab_to
from tests.browser.visitors import Visitor, watch
from tests.browser.website import Site

EVERY_BROWSER: Final = pytest.mark.browsers("chromium", "firefox", "webkit")
CHROMIUM_AND_FIREFOX: Final = pytest.mark.browsers("chromium", "firefox")


ANSWERS: Final[list[tuple[str, dict[str, Any]]]] = [
    ("1", {"consent": "yes", "initials": "AB"}),
    ("2", {}),
    ("3", {}),
    ("4", {"age": "44", "mood": "good", "keys": "yes", "touch": "", "why": "It was fun.\nReally."}),
]


@pytest.fixture
def second(engine: str, page: Page, site: Site, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """The same participant in another tab of the same browser."""
    if engine == "chromium":
        other = request.getfixturevalue("context").new_page()
        faults = watch(other, site)
        yield Visitor(other, site)
        assert faults == []
    else:
        yield Visitor(cast("Any", page).new_tab(), site)


@pytest.fixture
def phone(engine: str, site: Site, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A participant with a narrow screen and a finger."""
    if engine == "chromium":
        browser = request.getfixturevalue("browser")
        context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        page = context.new_page()
        faults = watch(page, site)
        yield Visitor(page, site)
        context.close()
    else:
        browser = request.getfixturevalue(engine)
        with browser.tab(width=500, height=844) as tab:  # desktop windows are not narrower
            yield Visitor(tab, site)
        faults = browser.faults(site.origin)
    assert faults == []


@pytest.fixture
def stranger(engine: str, site: Site, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A participant whose browser blocks cookies and all other storage."""
    if engine == "chromium":
        page = request.getfixturevalue("blocked").pages[0]
        faults = watch(page, site)
        yield Visitor(page, site)
    else:
        browser = request.getfixturevalue(engine)
        with ExitStack() as opened:
            opened.enter_context(browser.without_storage())
            yield Visitor(opened.enter_context(browser.tab()), site)
        faults = browser.faults(site.origin)
    assert faults == []


# --- the whole study ---


@EVERY_BROWSER
def test_a_study_is_taken_by_mouse(visitor: Visitor, game: GameServer) -> None:
    visitor.come()
    visitor.consent()
    visitor.read_instructions()
    visitor.is_connected()
    page = visitor.page
    page.get_by_role("button", name="Start").click()
    game.wait_for(lambda message: message.get("command") == "start")
    page.get_by_role("button", name="Good").click()
    game.wait_for(lambda message: message.get("command") == "good")
    game.send("done")
    visitor.answer_survey()
    visitor.sees("Thank you")
    visitor.reads("Your id is ada.")
    visitor.submit_button.wait_for(state="hidden")
    assert visitor.site.study.answers("ada") == ANSWERS


@CHROMIUM_AND_FIREFOX
def test_a_study_is_taken_by_keyboard(visitor: Visitor, game: GameServer) -> None:
    page, keyboard = visitor.page, visitor.page.keyboard
    visitor.come()
    visitor.sees("About this study")
    tab_to(page, "I agree")
    keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.type("AB")
    visitor.can_submit()
    keyboard.press("Enter")

    visitor.sees("How to play")
    assert focused_name(page) == "How to play", "the new page's heading has the focus"
    visitor.can_submit()
    tab_to(page, "Submit")
    keyboard.press("Space")

    visitor.can_play()
    keyboard.press("ArrowLeft")  # the game already has the focus
    game.wait_for(lambda message: message.get("action") == "left")
    tab_to(page, "Good")
    keyboard.press("Enter")
    game.wait_for(lambda message: message.get("command") == "good")
    game.send("done")

    visitor.sees("Your thoughts")
    keyboard.press("Tab")
    keyboard.type("44")
    keyboard.press("Tab")
    keyboard.type("Good")
    keyboard.press("Tab")
    keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.type("It was fun.\nReally.")
    visitor.can_submit()
    keyboard.press("Tab")
    keyboard.press("Enter")
    visitor.sees("Thank you")
    assert visitor.site.study.answers("ada") == ANSWERS


@CHROMIUM_AND_FIREFOX  # WebKitGTK's driver has no touch
def test_a_study_is_taken_on_a_phone(phone: Visitor, game: GameServer) -> None:
    page = phone.page
    phone.come()
    phone.sees("About this study")
    page.get_by_label("I agree").tap()
    page.get_by_label("Your initials").fill("AB")
    phone.submit_button.tap()
    phone.sees("How to play")
    phone.submit_button.tap()
    phone.is_connected()
    page.get_by_role("button", name="Left").tap()
    game.wait_for(lambda message: message.get("action") == "left")
    game.wait_for(lambda message: message.get("action") == "noop")
    page.get_by_role("button", name="Bad").tap()
    game.wait_for(lambda message: message.get("command") == "bad")
    game.send({"message": "done"})
    phone.fill_survey()
    phone.submit_button.tap()
    phone.sees("Thank you")
    assert phone.site.study.answers("ada") == ANSWERS


# --- reloads and repeated clicks ---


@EVERY_BROWSER
def test_a_reload_on_every_step_shows_the_same_step(visitor: Visitor, game: GameServer) -> None:
    page = visitor.page
    visitor.come()
    visitor.sees("About this study")
    page.reload()
    visitor.consent()
    visitor.sees("How to play")
    page.reload()
    visitor.read_instructions()
    visitor.is_connected()
    page.reload()
    game.wait_for_connection(2)
    game.send("done")
    visitor.fill_survey()
    page.reload()
    visitor.sees("Your thoughts")
    assert page.get_by_label("Your age").input_value() == "44"
    assert page.get_by_label("How was it?").input_value() == "good"
    assert page.get_by_label("Keys").is_checked()
    assert not page.get_by_label("Touch").is_checked()
    assert page.get_by_label("Anything else?").input_value() == "It was fun.\nReally."
    visitor.submit()
    visitor.sees("Thank you")
    page.reload()
    visitor.sees("Thank you")
    assert visitor.site.study.answers("ada") == ANSWERS


@CHROMIUM_AND_FIREFOX  # WebKitGTK's driver hangs at movements of the mouse
def test_a_double_click_submits_one_page(visitor: Visitor) -> None:
    visitor.come_to("2")
    visitor.sees("How to play")
    visitor.can_submit()
    visitor.submit_button.dblclick()
    visitor.is_connected()
    assert len(visitor.site.posts()) == 1


# --- the browser's buttons Back and Forward ---


@EVERY_BROWSER
def test_back_stays_at_the_current_step_and_shows_a_banner(visitor: Visitor) -> None:
    _use_another_page(visitor)
    visitor.come()
    visitor.consent()
    visitor.sees("How to play")
    visitor.page.go_back()
    _is_still_at(visitor, "How to play")


@EVERY_BROWSER
def test_back_twice_leaves_and_forward_restores_typed_answers(visitor: Visitor) -> None:
    page = visitor.page
    _use_another_page(visitor)
    visitor.come_to("4")
    visitor.fill_survey()
    page.go_back()
    _is_still_at(visitor, "Your thoughts")
    page.go_back()
    page.wait_for_url("**/icon.svg")
    page.go_forward()
    visitor.sees("Your thoughts")
    assert page.get_by_label("Anything else?").input_value() == "It was fun.\nReally."
    assert visitor.site.posts() == []


def _use_another_page(visitor: Visitor) -> None:
    """Click on a page before the study's; Firefox's Back skips a page that was never used."""
    visitor.page.goto(f"{visitor.site.origin}/icon.svg")
    visitor.page.locator("svg").click()


def _is_still_at(visitor: Visitor, heading: str) -> None:
    assert visitor.page.url.startswith(visitor.site.link()), "the button has left the study"
    visitor.reads("You cannot go back to pages that you have answered.")
    visitor.sees(heading)


# --- two tabs ---


@EVERY_BROWSER
def test_a_second_tab_shows_a_banner_and_catches_up(visitor: Visitor, second: Visitor) -> None:
    visitor.come()
    second.come()
    second.sees("About this study")
    visitor.consent()
    visitor.sees("How to play")
    second.reads("You have gone on with this study in another window.")
    second.page.get_by_role("button", name="Continue here").click()
    second.sees("How to play")


@CHROMIUM_AND_FIREFOX
def test_two_tabs_do_not_take_the_game_from_each_other(visitor: Visitor, second: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    second.come()
    second.sees("The game is open in another window")
    assert game.connections == 1
    second.page.get_by_role("button", name="Play here").click()
    second.is_connected()
    visitor.sees("The game is open in another window")
    game.wait_for_connection(2)
    assert game.connections == 2
    game.send("done")
    second.sees("Your thoughts")


# --- blocked storage ---


@CHROMIUM_AND_FIREFOX
def test_a_study_is_taken_without_storage(stranger: Visitor, game: GameServer) -> None:
    """Chromium has `navigator.locks` there, and refuses every lock; Firefox has no `BroadcastChannel`."""
    stranger.come()
    stranger.consent()
    stranger.read_instructions()
    stranger.is_connected()
    game.send("done")
    stranger.answer_survey()
    stranger.sees("Thank you")
    assert stranger.site.study.answers("ada") == ANSWERS
    assert game.connections == 1


@CHROMIUM_AND_FIREFOX
def test_a_reload_without_storage_finds_the_same_participant(stranger: Visitor) -> None:
    stranger.come(userId="", redirect="https://x.example/?cc={code}")
    stranger.consent()
    stranger.sees("How to play")
    stranger.page.reload()
    stranger.sees("How to play")
    (made,) = stranger.site.study.participants()
    assert f"userId={made}" in stranger.page.url
    assert stranger.page.evaluate("new URL(location).searchParams.get('redirect')") == "https://x.example/?cc={code}"
