"""Questions that the game's server asks beside the picture."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.additions import ARROWS, Fingers, come, frame_is_drawn, phone, welcome
from tests.browser.game_server import GameServer, picture
from tests.browser.keyboard import focused_name
from tests.browser.visitors import Visitor
from tests.browser.website import Site


def _wait_for(game: GameServer, *expected: Any) -> None:
    """Wait for as many answers to `a` as expected, and compare their values."""

    def values() -> list[Any]:
        return [message["value"] for message in game.received if message.get("input") == "a"]

    game.wait_for(lambda message: len(values()) >= len(expected))
    assert values() == list(expected)


def _ask(visitor: Visitor, game: GameServer, kind: str, **more: Any) -> Page:
    game.welcome = welcome(ARROWS, [{"name": "a", "kind": kind, "label": "How was that?", **more}])
    return come(visitor)


def test_a_binary_question_has_the_buttons_good_and_bad(visitor: Visitor, game: GameServer) -> None:
    page = _ask(visitor, game, "binary")
    for name in ("Good", "Bad", "Bad"):
        page.get_by_role("button", name=name).click()
    _wait_for(game, 1, -1, -1)
    assert game.texts[1] == '{"input":"a","value":1,"frameId":5}'
    expect(page.get_by_role("group", name="How was that?")).to_be_visible()


def test_a_binary_question_shows_the_options_that_the_server_sends(visitor: Visitor, game: GameServer) -> None:
    page = _ask(visitor, game, "binary", options=[{"value": "y", "label": "Well done"}, {"value": None, "label": "No"}])
    for name in ("Well done", "No"):
        page.get_by_role("button", name=name).click()
    _wait_for(game, "y", None)


def test_a_scale_is_answered_by_keyboard_and_shows_its_labels(visitor: Visitor, game: GameServer) -> None:
    page = _ask(visitor, game, "scale", least=-1, most=1, step=0.5, leastLabel="poor", mostLabel="great")
    slider = page.get_by_role("slider", name="How was that?")
    assert slider.evaluate("slider => slider.valueAsNumber") == 0
    for name in ("End", "ArrowLeft", "Enter"):
        slider.press(name)
    _wait_for(game, 1, 0.5, 0.5)
    for text in ("poor", "great", "0.5"):
        expect(page.get_by_text(text, exact=True)).to_be_visible()


def test_a_press_at_the_same_place_of_a_scale_is_an_answer(visitor: Visitor, game: GameServer) -> None:
    page = _ask(visitor, game, "scale", least=0, most=4, value=1)
    slider = page.get_by_role("slider")
    assert slider.evaluate("slider => slider.valueAsNumber") == 1
    box = slider.bounding_box()
    assert box is not None
    for _ in range(3):
        slider.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
    _wait_for(game, 4, 4, 4)
    page.keyboard.press("ArrowLeft")  # is the game's again
    game.wait_for(lambda message: message.get("keys") == ["ArrowLeft"])
    assert focused_name(page).startswith("The game")


def test_a_choice_marks_the_option_that_was_pressed_last(visitor: Visitor, game: GameServer) -> None:
    page = _ask(visitor, game, "choice", options=["A robot", {"value": 2, "label": "A person"}, 3])
    for name in ("A robot", "A person", "3"):
        page.get_by_role("button", name=name, exact=True).click()
    _wait_for(game, "A robot", 2, 3)
    expect(page.get_by_role("button", name="3", exact=True, pressed=True)).to_be_visible()
    expect(page.get_by_role("button", pressed=True)).to_have_count(1)


def test_a_text_is_sent_by_button_or_enter_and_does_not_play(visitor: Visitor, game: GameServer) -> None:
    page = _ask(visitor, game, "text", most=12)
    field = page.get_by_label("How was that?").and_(page.get_by_role("textbox"))
    field.fill(" ")
    field.press("Enter")  # nothing to send
    field.type("left, a d p and more")
    page.get_by_role("button", name="Send").click()
    expect(field).to_have_value("")
    field.fill("again")
    field.press("Enter")
    _wait_for(game, " left, a d p", "again")
    assert not any("keys" in message for message in game.received), "typing plays"


def test_a_click_sends_its_place_and_the_frame_of_the_press(visitor: Visitor, game: GameServer) -> None:
    page = _ask(visitor, game, "click")
    expect(page.get_by_text("How was that?")).to_be_visible()
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    game.send({"frame": picture((9, 9, 9), (300, 200)), "frameId": 6})
    frame_is_drawn(page, 300)
    page.mouse.up()
    canvas.click(position={"x": box["width"] - 1, "y": box["height"] * 0.75})
    game.wait_for(lambda message: message.get("frameId") == 6)
    first, second = ((message["value"], message["frameId"]) for message in game.received[1:])
    assert first == ({"x": pytest.approx(0.25, abs=0.002), "y": pytest.approx(0.5, abs=0.002)}, 5)
    assert second == ({"x": pytest.approx(1, abs=0.005), "y": pytest.approx(0.75, abs=0.005)}, 6)


def test_a_tap_sends_its_place_also_while_a_button_is_held(browser: Browser, site: Site, game: GameServer) -> None:
    with phone(browser, site) as visitor:
        page = _ask(visitor, game, "click")
        fingers = Fingers(page)
        fingers.put(1, page.locator("canvas"), 0.75, 0.25)
        fingers.lift(1)
        fingers.put(1, page.get_by_role("button", name="Left"))
        fingers.put(2, page.locator("canvas"), 0.5, 0.5)
        fingers.lift(2)
        fingers.lift(1)
        near = [
            {"x": pytest.approx(x, abs=0.005), "y": pytest.approx(y, abs=0.005)} for x, y in ((0.75, 0.25), (0.5, 0.5))
        ]
        _wait_for(game, *near)


def test_the_picture_takes_no_clicks_unless_asked(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(ARROWS)
    page = come(visitor)
    page.locator("canvas").click()
    page.keyboard.press("ArrowLeft")
    game.wait_for(lambda message: message.get("keys") == [])
    assert len(game.received) == 3


def test_inputs_change_during_the_game(visitor: Visitor, game: GameServer) -> None:
    page = _ask(visitor, game, "text")
    page.get_by_role("textbox").fill("unsent")
    game.send({"keys": [], "display": {"Round": "one"}})
    expect(page.get_by_text("one", exact=True)).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_value("unsent")  # other parts change without it
    game.send({"inputs": [{"name": "b", "kind": "binary"}]})
    expect(page.get_by_role("group", name="b")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    game.send({"inputs": []})
    expect(page.get_by_role("button", name="Good")).to_have_count(0)


@pytest.mark.parametrize("entry", [None, 7, {"kind": "text"}, {"name": "b", "kind": "smell"}], ids=repr)
def test_an_invalid_or_unknown_input_is_skipped(entry: Any, visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(ARROWS, [entry, {"name": "a", "kind": "binary"}])
    page = come(visitor)
    expect(page.locator(".asked")).to_have_count(1)
