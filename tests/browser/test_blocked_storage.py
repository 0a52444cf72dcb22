"""Browsers that keep nothing for a site, as they were told or in a private window: people take part all the same."""

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
    """A participant whose browser blocks cookies, and all that counts as such."""
    return Visitor(blocked.pages[0], site)


def test_the_game_is_played(stranger: Visitor, game: GameServer) -> None:
    """Chromium has locks there, and refuses each."""
    faults = watch(stranger.page, stranger.site)
    stranger.come()
    stranger.consent()
    stranger.read_instructions()
    stranger.is_connected()
    game.say("done")
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


def test_an_id_that_is_kept_is_not_put_into_the_address(visitor: Visitor) -> None:
    visitor.come(userId="")
    visitor.sees("About this study")
    (made,) = visitor.site.study.participants()
    assert made not in visitor.page.url


@pytest.mark.parametrize("script", [NO_STORAGE, NO_CHANNEL], ids=["no storage", "no channel, as in Firefox"])
def test_a_device_that_keeps_nothing_takes_part_all_the_same(page: Page, visitor: Visitor, script: str) -> None:
    page.add_init_script(script)
    visitor.come()
    visitor.consent()
    visitor.read_instructions()
    visitor.is_connected()


def test_a_lock_that_another_tab_takes_over_is_told(context: BrowserContext, visitor: Visitor) -> None:
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
