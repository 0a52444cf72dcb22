"""The whole study, from consent to thanks."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.game_server import GameServer
from tests.browser.keyboard import focused_name, tab_to
from tests.browser.visitors import Visitor, watch
from tests.browser.website import Site

ANSWERS = [
    ("1", {"consent": "yes", "initials": "AB"}),
    ("2", {}),
    ("3", {}),
    ("4", {"age": "44", "mood": "good", "keys": "yes", "touch": "", "why": "It was fun.\nReally."}),
]


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
    expect(page.get_by_text("Your id is ada.")).to_be_visible()
    expect(visitor.submit_button).to_be_hidden()
    assert visitor.site.study.answers("ada") == ANSWERS


def test_a_study_is_taken_by_keyboard(visitor: Visitor, game: GameServer) -> None:
    page, keyboard = visitor.page, visitor.page.keyboard
    visitor.come()
    visitor.sees("About this study")
    tab_to(page, "I agree")
    keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.type("AB")
    expect(visitor.submit_button).to_be_enabled()
    keyboard.press("Enter")

    visitor.sees("How to play")
    assert focused_name(page) == "How to play", "the new page's heading has the focus"
    expect(visitor.submit_button).to_be_enabled()
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
    expect(visitor.submit_button).to_be_enabled()
    keyboard.press("Tab")
    keyboard.press("Enter")
    visitor.sees("Thank you")
    assert visitor.site.study.answers("ada") == ANSWERS


def test_a_study_is_taken_on_a_phone(browser: Browser, site: Site, game: GameServer) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    faults = watch(page, site)
    visitor = Visitor(page, site)
    visitor.come()
    visitor.sees("About this study")
    page.get_by_label("I agree").tap()
    page.get_by_label("Your initials").fill("AB")
    visitor.submit_button.tap()
    visitor.sees("How to play")
    visitor.submit_button.tap()
    visitor.is_connected()
    page.get_by_role("button", name="Left").tap()
    game.wait_for(lambda message: message.get("action") == "left")
    game.wait_for(lambda message: message.get("action") == "noop")
    page.get_by_role("button", name="Bad").tap()
    game.wait_for(lambda message: message.get("command") == "bad")
    game.send({"message": "done"})
    visitor.fill_survey()
    visitor.submit_button.tap()
    visitor.sees("Thank you")
    assert site.study.answers("ada") == ANSWERS
    assert faults == []
    context.close()
