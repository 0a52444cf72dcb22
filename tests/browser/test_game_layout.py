"""The picture, Start and all buttons of a game are in sight together, without scrolling."""

from __future__ import annotations

from typing import Any, Final

import pytest
from playwright.sync_api import Page

from tests.browser.additions import ARROWS, LANDER, TAXI, frame_is_drawn, key, welcome
from tests.browser.browsers import CHROMIUM_AND_FIREFOX, EVERY_BROWSER
from tests.browser.conftest import keep
from tests.browser.expecting import expect
from tests.browser.game_server import ALL_MOVES, GameServer, picture
from tests.browser.layout import PHONES, WINDOWS, check_game
from tests.browser.visitors import Visitor
from tests.browser.webdriver import Tab

_SCALE: Final = {"name": "feedback", "kind": "scale", "label": "How good is this?", "least": -2, "most": 2}
_BINARY: Final = {"name": "feedback", "kind": "binary", "label": "Judge what has just happened"}
_OLD: Final = [*ALL_MOVES, "start", "pause", "reset", "stop", "good", "bad", "fpsUp", "fpsDown"]
_LIBRARY: Final = ["start", "pause", "reset", "stop", "fpsUp", "fpsDown"]
_FIGURES: Final = {
    "Game": "press Start to begin",
    "Round": "1 of 1",
    "Steps": 0,
    "Score": 0,
    "Speed": "20 frames per second",
}

GAMES: Final[dict[str, list[Any]]] = {
    "lander": welcome(LANDER, [_SCALE]),
    "taxi": welcome(TAXI, [_BINARY], size=(550, 350)),
    "square": welcome(
        [*ARROWS, key(" ", label="Jump")], controls=("start", "pause", "reset", "stop", "good", "bad"), size=(400, 400)
    ),
    "many figures": [
        {**welcome([*LANDER, key("ArrowLeft", " ", label="Left + Space")], [_SCALE])[0], "UI": _LIBRARY},
        {"frame": picture((40, 90, 140), (600, 400)), "frameId": 1, "display": _FIGURES},
    ],
    "tall": welcome([key("ArrowLeft", label="Left"), key("ArrowRight", label="Right")], size=(160, 210)),
    "old": [
        {"UI": _OLD, "Instructions": ["Press Start."], "inputBudget": 60, "usedInputBudget": 12},
        {"frame": picture((40, 90, 140), (600, 400)), "frameId": 1, "display": {"Score": 12, "Round": "1 of 3"}},
    ],
}


def _check(page: Page, game: str, width: int, height: int) -> list[dict[str, Any]]:
    frame_is_drawn(page, {"taxi": 550, "square": 400, "tall": 160}.get(game, 600))
    shown: object = page
    if not isinstance(shown, Tab):
        keep(page, f"layout-{game}-{width}x{height}")
    return check_game(page, width, height)


@EVERY_BROWSER
@pytest.mark.parametrize("name", GAMES)
def test_a_window_shows_the_whole_game(name: str, visitor: Visitor, game: GameServer) -> None:
    game.welcome = GAMES[name]
    visitor.come_to_game()
    for width, height in WINDOWS:
        visitor.page.set_viewport_size({"width": width, "height": height})
        _check(visitor.page, name, width, height)


@EVERY_BROWSER
@pytest.mark.parametrize("name", GAMES)
def test_a_phone_shows_the_whole_game_and_start_first(name: str, handheld: Visitor, game: GameServer) -> None:
    game.welcome = GAMES[name]
    handheld.come_to_game()
    for width, height in PHONES:
        handheld.page.set_viewport_size({"width": width, "height": height})
        first, *others = _check(handheld.page, name, width, height)
        assert first["name"] == "Start"
        assert all(box["top"] >= first["top"] for box in others)


@CHROMIUM_AND_FIREFOX
def test_key_names_are_shown_where_a_keyboard_is_likely(handheld: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": [*_OLD]}, *GAMES["taxi"]]
    handheld.come_to_game()
    names = handheld.page.locator(".keys, kbd")
    expect(handheld.page.get_by_role("button", name="Drop off")).to_be_visible()
    assert [name for name in names.all() if name.is_visible()] == []
    handheld.page.keyboard.press("ArrowLeft")
    expect(handheld.page.locator("kbd").first).to_be_visible()


def test_key_names_are_shown_beside_a_mouse(visitor: Visitor, game: GameServer) -> None:
    game.welcome = GAMES["taxi"]
    visitor.come_to_game()
    expect(visitor.page.locator("kbd").first).to_be_visible()
