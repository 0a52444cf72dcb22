"""The game view says what the game waits for, that its picture stands still, and asks before it ends."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.accessibility import violations
from tests.browser.additions import ARROWS, welcome
from tests.browser.browsers import EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.game_server import GameServer, picture
from tests.browser.keyboard import focused_name
from tests.browser.visitors import Visitor

STILL = "No new picture for 10 seconds"


def _frame(number: int, **status: Any) -> dict[str, Any]:
    said = {"status": status} if status else {}
    return {"frame": picture((9, 9, 9)), "frameId": number, "display": {"Picture": number}, **said}


def _shows(page: Page, game: GameServer, message: dict[str, Any]) -> None:
    """Send a message, and wait until the page has handled it."""
    game.send(message)
    expect(page.locator("dd")).to_have_text([str(message["display"]["Picture"])])


def _come(visitor: Visitor, game: GameServer) -> Page:
    visitor.page.clock.install()
    game.welcome = welcome(ARROWS, controls=("start", "pause", "reset", "stop"))
    visitor.come_to_game()
    return visitor.page


# --- a picture that stands still ---


@EVERY_BROWSER
def test_a_still_picture_is_said_softly_with_a_way_to_reconnect(visitor: Visitor, game: GameServer) -> None:
    page = _come(visitor, game)
    _shows(page, game, _frame(1, phase="running", pictures=True))
    page.clock.fast_forward(9000)
    visitor.is_connected()
    page.clock.fast_forward(1500)
    expect(page.locator(".connection")).to_have_text(STILL)
    assert violations(page) == []
    expect(page.locator(".curtain")).to_be_hidden()
    _shows(page, game, _frame(2, phase="running", pictures=True))
    visitor.is_connected()
    expect(page.get_by_role("button", name="Reconnect")).to_be_hidden()
    page.clock.fast_forward(10_500)
    page.get_by_role("button", name="Reconnect").click()
    page.clock.run_for(2000)
    game.wait_for_connection(2)
    visitor.is_connected()


@EVERY_BROWSER
def test_a_stream_of_an_older_server_that_stops_is_said(visitor: Visitor, game: GameServer) -> None:
    page = _come(visitor, game)
    page.clock.fast_forward(6000)
    for number in range(1, 5):
        _shows(page, game, _frame(number))
        page.clock.fast_forward(50)
    page.clock.fast_forward(10_500)
    expect(page.locator(".connection")).to_have_text(STILL)


def _waits_for_a_turn(page: Page, game: GameServer) -> None:
    """A game of turns, of a server that says nothing about it: one picture after each key."""
    for number in range(1, 9):
        page.keyboard.press("ArrowLeft")
        page.clock.fast_forward(7000)
        _shows(page, game, _frame(number))


def _says_so(page: Page, game: GameServer) -> None:
    for number in range(1, 9):
        _shows(page, game, _frame(number, phase="running", pictures=True))
    _shows(page, game, _frame(9, phase="between", pictures=False))


def _is_paused(page: Page, game: GameServer) -> None:
    page.clock.fast_forward(6000)
    for number in range(1, 5):
        _shows(page, game, _frame(number))
    page.get_by_role("button", name="Pause").click()


@EVERY_BROWSER
@pytest.mark.parametrize("wait", [_waits_for_a_turn, _says_so, _is_paused])
def test_a_game_that_waits_for_the_participant_is_not_still(wait: Any, visitor: Visitor, game: GameServer) -> None:
    page = _come(visitor, game)
    wait(page, game)
    page.clock.fast_forward(60_000)
    visitor.is_connected()
    expect(page.get_by_role("button", name="Reconnect")).to_be_hidden()


# --- rounds ---


@EVERY_BROWSER
def test_the_end_of_a_round_is_said_on_the_picture(visitor: Visitor, game: GameServer) -> None:
    page = _come(visitor, game)
    caption = page.locator(".caption")
    _shows(page, game, _frame(1, phase="ready", round=1))
    expect(caption).to_have_text("Press Start to begin.")
    _shows(page, game, _frame(2, phase="running", round=1))
    expect(caption).to_be_hidden()
    _shows(page, game, _frame(3, phase="between", round=1))
    expect(caption).to_have_text("This round is over. Press Start for the next one.")
    expect(page.get_by_role("status")).to_have_text("This round is over. Press Start for the next one.")
    inside, around = caption.bounding_box(), page.locator("canvas").bounding_box()
    assert inside is not None
    assert around is not None
    assert around["y"] <= inside["y"] < inside["y"] + inside["height"] <= around["y"] + around["height"] + 1
    assert violations(page) == []
    _shows(page, game, _frame(4, phase="paused", round=2))
    expect(caption).to_have_text("Paused. Press Start to go on.")


@EVERY_BROWSER
def test_a_round_that_begins_by_itself_is_named_for_a_moment(visitor: Visitor, game: GameServer) -> None:
    page = _come(visitor, game)
    for number in (1, 2):
        _shows(page, game, _frame(number, phase="running", round=number))
    expect(page.locator(".caption")).to_have_text("Round 2")
    page.clock.run_for(3000)
    expect(page.locator(".caption")).to_be_hidden()


@pytest.mark.parametrize("status", ["running", None, {"phase": 3, "round": "x", "pictures": "yes"}, {"phase": "new"}])
def test_a_status_that_the_page_does_not_know_says_nothing(status: Any, visitor: Visitor, game: GameServer) -> None:
    page = _come(visitor, game)
    _shows(page, game, {**_frame(1), "status": status})
    expect(page.locator(".caption")).to_be_hidden()
    visitor.is_connected()


# --- Stop ---


@EVERY_BROWSER
def test_stop_asks_and_keys_do_not_play_meanwhile(visitor: Visitor, game: GameServer) -> None:
    page = _come(visitor, game)
    _shows(page, game, _frame(1))
    page.get_by_role("button", name="Stop").click()
    question = page.get_by_role("alertdialog", name="End the game?")
    expect(question).to_be_visible()
    assert focused_name(page) == "Keep playing"
    assert violations(page) == []
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Keep playing").click()
    expect(question).to_be_hidden()
    page.keyboard.press("ArrowRight")
    game.wait_for(lambda message: message.get("keys") == ["ArrowRight"])
    page.get_by_role("button", name="Stop").click()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="End the game").click()
    game.wait_for(lambda message: message.get("command") == "stop")
    said = [message.get("keys", message.get("command")) for message in game.received[1:]]
    assert said == [["ArrowRight"], [], "stop"]


@EVERY_BROWSER
@pytest.mark.parametrize("end", ["done", "lost"])
def test_the_question_closes_when_the_game_ends(end: str, visitor: Visitor, game: GameServer) -> None:
    page = _come(visitor, game)
    _shows(page, game, _frame(1))
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    if end == "done":
        game.send("done")
    else:
        game.stop()
    expect(page.get_by_role("alertdialog")).to_be_hidden()


@EVERY_BROWSER
def test_stop_stands_apart_from_the_other_commands(visitor: Visitor, game: GameServer) -> None:
    sizes = ((360, 640), (1366, 650))
    visitor.page.set_viewport_size({"width": sizes[0][0], "height": sizes[0][1]})
    page = _come(visitor, game)
    _shows(page, game, _frame(1))
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        reset, stop = (page.get_by_role("button", name=name).bounding_box() for name in ("Reset", "Stop"))
        assert reset is not None
        assert stop is not None
        beside = stop["x"] - (reset["x"] + reset["width"])
        below = stop["y"] - (reset["y"] + reset["height"])
        assert max(beside, below) >= 16, (reset, stop)
