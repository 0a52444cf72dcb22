"""Use without a mouse and without motion: a visible focus in the right place."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.browsers import EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.game_server import GameServer
from tests.browser.keyboard import focused_name, tab_stops
from tests.browser.scenes import SCENES
from tests.browser.visitors import Visitor, watch
from tests.browser.website import Site

HEADINGS = {
    "instructions": "How to play",
    "starting": "Your game is starting",
    "unknown_study": "This study is not open",
    "elsewhere": "The game is open in another window",
    "server_failed": "The game could not be started",
}


@EVERY_BROWSER
@pytest.mark.parametrize("name", HEADINGS)
def test_a_new_view_has_the_focus_on_its_heading(name: str, visitor: Visitor, game: GameServer) -> None:
    """A screen reader continues from there."""
    SCENES[name](visitor, game)
    assert focused_name(visitor.page) == HEADINGS[name]


@EVERY_BROWSER
def test_the_first_missing_field_gets_the_focus(visitor: Visitor, game: GameServer) -> None:
    SCENES["every_fault"](visitor, game)
    assert focused_name(visitor.page) == "Your name"


STOPS = {
    "consent": ["I agree", "Your initials", "Submit"],
    "completed": ["Copy", "Go back to Prolific"],
    "welcome_back": ["I am a different person", "Close", "Submit"],
    "unreachable": ["Try now"],
    "playing": [
        "The game. Keys: ← and →, or A and D, to move",
        "Start",
        "Stop",
        "Good",
        "Bad",
        "Left",
        "Right",
        "How to play",
    ],
}


@pytest.mark.parametrize("name", STOPS)
def test_tab_reaches_every_control_in_order_with_a_visible_focus(name: str, visitor: Visitor, game: GameServer) -> None:
    SCENES[name](visitor, game)
    expect(visitor.page.get_by_role("button", name="Submit", disabled=True)).to_have_count(0)
    stops = tab_stops(visitor.page)
    assert [stop["name"] for stop in stops] == STOPS[name]
    assert [stop for stop in stops if stop["outline"] < 2 or not stop["seen"]] == []


@pytest.mark.parametrize("name", ["unreachable", "not_sent", "lost"])
def test_the_focus_stays_on_try_now_after_a_failed_try(name: str, visitor: Visitor, game: GameServer) -> None:
    SCENES[name](visitor, game)
    before = len(visitor.site.asked)
    visitor.page.get_by_role("button", name="Try now").focus()
    for _ in range(100):
        if len(visitor.site.asked) >= before + 2:
            break
        visitor.page.wait_for_timeout(100)
    else:
        pytest.fail("nothing was tried again")
    visitor.page.wait_for_timeout(300)
    assert focused_name(visitor.page) == "Try now"


def test_the_focus_returns_to_the_game_when_it_is_connected_again(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.stop()
    button = visitor.page.get_by_role("button", name="Try now")
    button.focus()
    game.start()
    button.press("Enter")
    visitor.is_connected()
    assert focused_name(visitor.page).startswith("The game")


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_nothing_moves_with_reduced_motion(
    motion: Any, moves: bool, browser: Browser, site: Site, game: GameServer
) -> None:
    context = browser.new_context(reduced_motion=motion)
    page = context.new_page()
    faults = watch(page, site)
    visitor = Visitor(page, site)
    SCENES["starting"](visitor, game)
    assert page.evaluate("document.getAnimations().length > 0") is moves
    site.study.make_ready("ada")
    visitor.look_again()
    visitor.is_connected()
    page.get_by_role("button", name="Good").click()
    game.wait_for(lambda message: message.get("command") == "good")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.evaluate("document.getAnimations().length > 0") is moves
    context.close()
    assert faults == []
