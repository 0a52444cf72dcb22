"""Binary frames, and frames that arrive faster than the page can draw."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.additions import ARROWS, come, welcome
from tests.browser.game_server import GameServer, binary_frame, picture
from tests.browser.visitors import Visitor

_COLOUR: Final = """() => {
    const copy = new OffscreenCanvas(9, 9).getContext("2d", { willReadFrequently: true });
    copy.drawImage(document.querySelector("canvas"), 0, 0);
    return [...copy.getImageData(5, 5, 1, 1).data].slice(0, 3);
}"""

_SLOW: Final = """() => {
    const decode = createImageBitmap;
    window.decoded = 0;
    window.createImageBitmap = async (blob) => {
        window.decoded += 1;
        await new Promise((go) => (window.go = go));
        return decode(blob);
    };
}"""
"""Decoding a frame takes until `go` is called."""


def _shows(page: Page, *colour: int) -> None:
    near = f"wanted => ({_COLOUR})().every((seen, index) => Math.abs(seen - wanted[index]) < 20)"
    page.wait_for_function(near, arg=list(colour))


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_binary_frame_is_drawn_and_named_in_answers(kind: str, visitor: Visitor, game: GameServer) -> None:
    game.welcome = [*welcome(ARROWS), binary_frame(2**32 - 2, (250, 10, 10), kind)]
    page = come_to(visitor)
    _shows(page, 250, 10, 10)
    page.keyboard.press("ArrowLeft")
    down = game.wait_for(lambda message: message.get("keys") == ["ArrowLeft"])
    assert down["frameId"] == 2**32 - 2


def come_to(visitor: Visitor) -> Page:
    visitor.come_to_game()
    return visitor.page


def test_a_binary_message_that_is_no_frame_is_skipped(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [*welcome(ARROWS), b"", b"abc", b"\0\0\0\7", b"\0\0\0\7not a picture"]
    page = come(visitor)
    game.send(binary_frame(8, (10, 250, 10)))
    _shows(page, 10, 250, 10)


def test_frames_do_not_queue_and_answers_name_the_one_on_the_screen(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(ARROWS)
    page = come(visitor)
    page.evaluate(_SLOW)
    for number in range(10, 30):
        game.send(binary_frame(number, (10, 250, 10)))
    game.send({"frame": picture((250, 10, 10)), "frameId": 30, "display": {"Round": "last"}})
    expect(page.get_by_text("last")).to_be_visible()
    assert page.evaluate("decoded") == 1
    page.keyboard.press("ArrowLeft")
    assert game.wait_for(lambda message: message.get("keys") == [])["frameId"] == 5  # nothing newer is drawn yet
    page.evaluate("go()")
    _shows(page, 10, 250, 10)
    page.wait_for_function("decoded === 2")
    page.evaluate("go()")
    _shows(page, 250, 10, 10)
    page.keyboard.press("ArrowRight")
    assert game.wait_for(lambda message: message.get("keys") == ["ArrowRight"])["frameId"] == 30
    assert page.evaluate("decoded") == 2


def test_binary_frames_show_that_a_silent_connection_is_dead(visitor: Visitor, game: GameServer) -> None:
    """Like frames in JSON: after a stream of them, a key without another one means a reconnect."""
    game.welcome = welcome(ARROWS)
    visitor.page.clock.install()
    page = come(visitor)
    for number in range(8):
        game.send(binary_frame(number, (9, 9, 9)))
    game.send({"display": {"Round": "streamed"}})
    expect(page.get_by_text("streamed")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    game.wait_for(lambda message: message.get("keys") == [])
    page.clock.fast_forward(11_000)
    game.wait_for_connection(2)
    visitor.is_connected()


def test_debug_shows_a_binary_frame_in_words(visitor: Visitor, game: GameServer) -> None:
    frame = binary_frame(77, (9, 9, 9))
    game.welcome = [*welcome(ARROWS), frame]
    visitor.come_to_game(debug="true")
    expect(visitor.page.get_by_text(f"game ← frame 77, {len(frame)} bytes")).to_be_visible()
