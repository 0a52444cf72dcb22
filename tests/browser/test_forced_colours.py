"""With forced colours, as of Windows' contrast themes, what a colour alone says is still seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.browsers import CHROMIUM_AND_FIREFOX
from tests.browser.expecting import expect
from tests.browser.game_server import GameServer
from tests.browser.visitors import Visitor

COLOURS = """([inner, outer, pseudo]) => {
    const colour = (name, pseudo) => getComputedStyle(document.querySelector(name), pseudo).backgroundColor;
    return [colour(inner, pseudo), colour(outer)];
}"""


def _differ(page: Page, inner: str, outer: str, pseudo: str | None = None) -> None:
    one, other = page.evaluate(COLOURS, [inner, outer, pseudo])
    assert one != other
    assert not one.endswith(", 0)"), "transparent"


@pytest.fixture
def forced(visitor: Visitor) -> Iterator[Visitor]:
    visitor.page.emulate_media(forced_colors="active")
    yield visitor
    visitor.page.emulate_media(forced_colors="none")


@CHROMIUM_AND_FIREFOX  # WebKitGTK has no forced colours
def test_the_progress_bar_is_seen(forced: Visitor) -> None:
    visitor = forced
    visitor.come()
    visitor.sees("About this study")
    assert visitor.page.evaluate("matchMedia('(forced-colors: active)').matches")
    _differ(visitor.page, "#progress > div > div", "#progress > div")


@CHROMIUM_AND_FIREFOX
def test_the_dot_of_the_connection_and_the_wait_are_seen(forced: Visitor, game: GameServer) -> None:
    visitor, page = forced, forced.page
    visitor.come_to_game()
    _differ(page, ".connection", "body", "::before")
    game.close()
    game.stop()
    expect(page.locator(".connection.bad")).to_be_visible()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.connection'), '::before').borderTopStyle") == "dashed"
    )
