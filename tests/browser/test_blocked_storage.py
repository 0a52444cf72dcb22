"""Browsers that block storage, by their settings or in a private window."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.game_server import GameServer
from tests.browser.visitors import Visitor, watch
from tests.browser.website import Site

NO_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
NO_CHANNEL = """window.BroadcastChannel = class {
    constructor() { throw new DOMException("The operation is insecure.", "SecurityError"); }
}"""


@pytest.fixture
def stranger(blocked: BrowserContext, site: Site) -> Visitor:
    """A participant whose browser blocks cookies and all other storage."""
    return Visitor(blocked.pages[0], site)


def test_the_game_can_be_played_without_storage(stranger: Visitor, game: GameServer) -> None:
    """Chromium has `navigator.locks` there, and refuses every lock."""
    faults = watch(stranger.page, stranger.site)
    stranger.come()
    stranger.consent()
    stranger.read_instructions()
    stranger.is_connected()
    game.send("done")
    stranger.sees("Your thoughts")
    assert faults == []
    assert game.connections == 1


def test_a_reload_finds_the_same_participant(stranger: Visitor) -> None:
    stranger.come(userId="", redirect="https://x.example/?cc={code}")
    stranger.consent()
    stranger.sees("How to play")
    stranger.page.reload()
    stranger.sees("How to play")
    (made,) = stranger.site.study.participants()
    assert f"userId={made}" in stranger.page.url
    assert stranger.page.evaluate("new URL(location).searchParams.get('redirect')") == "https://x.example/?cc={code}"


def test_a_stored_id_is_not_added_to_the_address(visitor: Visitor) -> None:
    visitor.come(userId="")
    visitor.sees("About this study")
    (made,) = visitor.site.study.participants()
    assert made not in visitor.page.url


@pytest.mark.parametrize("script", [NO_STORAGE, NO_CHANNEL], ids=["no storage", "no channel, as in Firefox"])
def test_a_participant_takes_part_without_storage(page: Page, visitor: Visitor, script: str) -> None:
    page.add_init_script(script)
    visitor.come()
    visitor.consent()
    visitor.read_instructions()
    visitor.is_connected()


def test_the_page_shows_that_another_tab_took_the_lock(context: BrowserContext, visitor: Visitor) -> None:
    visitor.come_to_game()
    other = Visitor(context.new_page(), visitor.site)
    other.page.goto(visitor.site.origin)
    other.sees("This link is not complete")
    other.page.evaluate("""async () => {
        const { held } = await navigator.locks.query();
        await navigator.locks.request(held[0].name, { steal: true }, () => undefined);
    }""")
    visitor.sees("The game is open in another window")
    expect(visitor.page.get_by_role("button", name="Play here")).to_be_visible()
