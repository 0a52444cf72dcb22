"""Directions and languages of a study's pages are kept, and the page's own parts follow them."""

from __future__ import annotations

from typing import Final

import pytest

from tests.browser.additions import ARROWS, welcome
from tests.browser.browsers import EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.game_server import GameServer
from tests.browser.visitors import Visitor

TABLE: Final = "<table><tr><th id=a>A</th><th id=b>B</th></tr></table><ul><li id=item>x</li></ul>"
DIRECTION: Final = "element => getComputedStyle(element).direction"

WAYS: Final = {
    "html": '<html dir="rtl" lang="ar"><body>{}</body></html>',
    "body": '<html><body dir="rtl" lang="ar">{}</body></html>',
    "body against html": '<html dir="ltr" lang="en"><body dir="rtl" lang="ar">{}</body></html>',
    "section": '<section dir="rtl" lang="ar">{}</section>',
    "form": '<form dir="rtl" lang="ar">{}</form>',
    "unknown element": '<x-page dir="rtl" lang="ar">{}</x-page>',
    "style": "<style>body {{ direction: rtl }}</style><div lang='ar'>{}</div>",
}


@EVERY_BROWSER
@pytest.mark.parametrize("way", WAYS)
def test_a_page_runs_in_its_direction_with_its_tables(way: str, visitor: Visitor) -> None:
    page = visitor.come_to_page(WAYS[way].format(TABLE))
    first, second = (page.locator(f"#{name}").bounding_box() for name in "ab")
    assert first is not None
    assert second is not None
    assert first["x"] > second["x"]
    assert page.locator("#a").evaluate("element => getComputedStyle(element).textAlign") in ("start", "right")
    assert page.locator("#item").evaluate("element => element.matches(':lang(ar)')")
    room = page.locator("ul").evaluate(
        "list => [getComputedStyle(list).paddingLeft, getComputedStyle(list).paddingRight]"
    )
    assert room[0] == "0px"
    assert room[1] != "0px"


@EVERY_BROWSER
@pytest.mark.parametrize("way", ["html", "body", "body against html"])
def test_submit_and_faults_follow_the_direction_of_the_page(way: str, visitor: Visitor) -> None:
    page = visitor.come_to_page(WAYS[way].format('<label>Name <input name="a" required></label>'))
    visitor.submit()
    faults = page.locator(".hippo-faults")
    expect(faults).to_be_visible()
    assert faults.evaluate(DIRECTION) == "rtl"
    widths = faults.evaluate("box => [getComputedStyle(box).borderLeftWidth, getComputedStyle(box).borderRightWidth]")
    assert widths[0] == "0px" != widths[1]


@EVERY_BROWSER
@pytest.mark.parametrize(
    "rule", ["html[dir=rtl] p", ":root[dir='rtl'] p", "[dir=rtl] p", "html:lang(ar) p", "body[dir=rtl] p"]
)
def test_a_pages_rules_may_ask_for_its_direction(rule: str, visitor: Visitor) -> None:
    style = f"<style>{rule} {{ color: rgb(1, 2, 3) }}</style>"
    page = visitor.come_to_page(f"<html dir='rtl' lang='ar'><head>{style}</head><body><p>x</p></body></html>")
    expect(page.locator(".page p")).to_have_css("color", "rgb(1, 2, 3)")


@EVERY_BROWSER
def test_left_stays_left_in_a_game_of_a_page_that_runs_right_to_left(visitor: Visitor, game: GameServer) -> None:
    page = visitor.page
    for keys in (ARROWS, [ARROWS[0], ARROWS[1]]):
        game.welcome = welcome(keys)
        visitor.come_to_game()
        page.evaluate("document.documentElement.dir = 'rtl'")
        left, right = (page.get_by_role("button", name=name, exact=True).bounding_box() for name in ("Left", "Right"))
        start, picture = page.get_by_role("button", name="Start").bounding_box(), page.locator("canvas").bounding_box()
        assert left is not None
        assert right is not None
        assert start is not None
        assert picture is not None
        assert left["x"] < right["x"]
        assert start["x"] < picture["x"], "the controls stand at the other side"


@EVERY_BROWSER
def test_a_page_without_a_direction_runs_as_the_page_around_it(visitor: Visitor) -> None:
    page = visitor.come_to_page(TABLE)
    assert page.locator(".page").evaluate(DIRECTION) == "ltr"
