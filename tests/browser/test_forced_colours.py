"""With forced colours, as of Windows' contrast themes, what a colour alone says is still seen."""

from __future__ import annotations

from collections.abc import Callable

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


@CHROMIUM_AND_FIREFOX
def test_the_progress_bar_is_seen(visitor: Visitor, screenshot: Callable[[Page, str], None]) -> None:
    visitor.page.emulate_media(forced_colors="active")
    visitor.come()
    visitor.sees("About this study")
    screenshot(visitor.page, "forced-colours-consent")
    _differ(visitor.page, "#progress > div > div", "#progress > div")


@CHROMIUM_AND_FIREFOX
def test_the_dot_of_the_connection_and_the_wait_are_seen(visitor: Visitor, game: GameServer) -> None:
    page = visitor.page
    page.emulate_media(forced_colors="active")
    visitor.come_to_game()
    _differ(page, ".connection", "body", "::before")
    game.close()
    game.stop()
    expect(page.locator(".connection.bad")).to_be_visible()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.connection'), '::before').borderTopStyle") == "dashed"
    )
