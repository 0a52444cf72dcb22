"""Browsers that block storage, by their settings or in a private window."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.visitors import Visitor

NO_STORAGE = "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
NO_CHANNEL = """window.BroadcastChannel = class {
    constructor() { throw new DOMException("The operation is insecure.", "SecurityError"); }
}"""


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
