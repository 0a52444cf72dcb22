"""The whole study, as most people take part in it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.game_server import GameServer
from tests.browser.visitors import Visitor


def test_by_mouse_from_consent_to_thanks(visitor: Visitor, game: GameServer) -> None:
    visitor.walk_to_game()
    page = visitor.page
    page.get_by_role("button", name="Start").click()
    game.wait_for(lambda message: message.get("command") == "start")
    page.get_by_role("button", name="Good").click()
    game.wait_for(lambda message: message.get("command") == "good")
    game.say("done")
    visitor.answer_survey()
    visitor.sees("Thank you")
    expect(page.get_by_text("Your id is ada.")).to_be_visible()
    expect(visitor.submit_button).to_be_hidden()
    assert visitor.site.study.answers("ada") == [
        ("1", {"consent": "yes", "initials": "AB"}),
        ("2", {}),
        ("4", {"age": "44", "mood": "good", "keys": "yes", "touch": "", "why": "It was fun.\nReally."}),
    ]
