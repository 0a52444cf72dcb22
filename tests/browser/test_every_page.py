"""Every page that a participant can meet: axe finds nothing on it, on a screen, in the dark and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT as AXE
from playwright.sync_api import Page

from tests.browser.game_server import GameServer
from tests.browser.scenes import SCENES
from tests.browser.visitors import Visitor

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_LOOKS = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
LOOKS: dict[str, tuple[Any, dict[str, int]]] = {
    "light": ("light", {"width": 1280, "height": 900}),
    "dark": ("dark", {"width": 1280, "height": 900}),
    "phone": ("light", {"width": 390, "height": 844}),
}


def violations(page: Page, look: str) -> list[str]:
    """What axe finds, a line each: of all rules, and of those that depend on colours and size in the other looks."""
    rules = {"type": "tag", "values": STANDARDS} if look == "light" else {"type": "rule", "values": OF_LOOKS}
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{each['id']}: {node['html']}: {node['failureSummary']}" for each in found for node in each["nodes"]]


def is_wider_than_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize("name", SCENES)
def test_every_page_is_accessible(
    name: str, visitor: Visitor, game: GameServer, screenshot: Callable[[Page, str], None]
) -> None:
    SCENES[name](visitor, game)
    page = visitor.page
    page.evaluate(AXE)
    for look, (scheme, size) in LOOKS.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)  # type: ignore[arg-type]
        screenshot(page, f"{name}-{look}")
        assert violations(page, look) == [], look
        assert not is_wider_than_its_window(page), look
    assert page.title() != ""
