"""Modules that fail to load, and unexpected errors: the participant can always continue."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.visitors import Visitor
from tests.browser.website import Trouble

WRONG = "Something went wrong on this page"


def _loads(page: Page) -> list[str]:
    """Collect the tab's navigations from now on."""
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    return loads


def _let_time_pass(page: Page, minutes: int) -> None:
    for _ in range(2 * minutes):
        page.clock.fast_forward(31_000)
        page.wait_for_timeout(150)


# --- failed loads ---


def test_settings_that_fail_to_load_are_requested_again_without_a_reload(visitor: Visitor) -> None:
    page = visitor.page
    page.clock.install()
    page.route("**/settings.json", lambda route: route.abort())
    visitor.come()
    loads = _loads(page)
    visitor.sees("The study cannot be reached")
    _let_time_pass(page, 2)
    assert loads == []
    page.unroute("**/settings.json")
    page.get_by_role("button", name="Try now").click()
    visitor.sees("About this study")


def test_a_module_that_fails_to_load_causes_one_reload_only(visitor: Visitor) -> None:
    """Some browsers never fetch a module again that failed to load once."""
    page = visitor.page
    page.route("**/later.js*", lambda route: route.abort())
    visitor.come_to("3")
    loads = _loads(page)
    visitor.sees("The study cannot be reached")
    page.wait_for_timeout(10_000)
    assert len(loads) == 1
    page.unroute("**/later.js*")
    page.reload()
    visitor.is_connected()


def test_a_module_that_fails_to_load_for_a_moment_is_loaded_later(visitor: Visitor) -> None:
    page = visitor.page
    page.route("**/later.js*", lambda route: route.abort(), times=3)
    visitor.come_to("3")
    visitor.is_connected()


def test_the_page_does_not_reload_while_offline(visitor: Visitor) -> None:
    """A reload would show the browser's own page about the missing connection."""
    page = visitor.page
    page.clock.install()
    page.route("**/later.js*", lambda route: route.abort())
    visitor.come_to("3")
    loads = _loads(page)
    visitor.sees("The study cannot be reached")
    page.route("**/*", lambda route: route.abort())
    _let_time_pass(page, 2)
    assert loads == []
    page.unroute("**/*")
    page.unroute("**/later.js*")
    page.get_by_role("button", name="Try now").click()
    visitor.is_connected()


def test_a_failed_welcome_banner_does_not_reload_the_page(visitor: Visitor) -> None:
    page = visitor.page
    visitor.come(userId="")
    visitor.sees("About this study")
    page.clock.install()
    page.route("**/later.js*", lambda route: route.abort())
    visitor.come(userId="")
    loads = _loads(page)
    page.get_by_label("Your initials").fill("AB")
    _let_time_pass(page, 1)
    assert loads == []
    expect(page.get_by_label("Your initials")).to_have_value("AB")


# --- unexpected errors ---


@pytest.fixture
def unlucky(context: BrowserContext, visitor: Visitor) -> Visitor:
    """A participant in whose tab an error occurs."""
    visitor.site.may_be_logged.append("no shadow")
    return visitor


NO_SHADOW = "Element.prototype.attachShadow = () => { throw new Error('no shadow'); };"


def test_an_error_on_the_first_page_is_shown(unlucky: Visitor) -> None:
    unlucky.page.add_init_script(NO_SHADOW)
    unlucky.come()
    unlucky.sees(WRONG)
    expect(unlucky.page.get_by_text("Error: no shadow")).to_be_visible()
    with unlucky.page.expect_navigation():
        unlucky.page.get_by_role("button", name="Reload").click()


def test_an_error_on_a_later_page_is_shown_and_a_reload_continues(unlucky: Visitor) -> None:
    unlucky.come()
    unlucky.sees("About this study")
    unlucky.page.evaluate(f"() => {{ {NO_SHADOW} }}")
    unlucky.consent()
    unlucky.sees(WRONG)
    unlucky.page.get_by_role("button", name="Reload").click()
    unlucky.sees("How to play")


@pytest.mark.parametrize("module", ["main.js", "fields.js"])
def test_a_script_that_fails_to_load_is_shown(visitor: Visitor, module: str) -> None:
    visitor.page.route(f"**/{module}", lambda route: route.abort())
    visitor.come()
    visitor.sees(WRONG)
    visitor.page.unroute(f"**/{module}")
    visitor.page.get_by_role("button", name="Reload").click()
    visitor.sees("About this study")


def test_a_script_that_a_browser_cannot_parse_is_shown(visitor: Visitor) -> None:
    visitor.site.may_be_logged.append("Unexpected")
    body = "const ] of an older browser"
    visitor.page.route("**/fields.js", lambda route: route.fulfill(content_type="text/javascript", body=body))
    visitor.come()
    visitor.sees(WRONG)
    expect(visitor.page.get_by_text("SyntaxError")).to_be_visible()


def test_an_error_of_the_page_keeps_what_the_participant_typed(unlucky: Visitor) -> None:
    unlucky.come()
    unlucky.page.get_by_label("Your initials").fill("AB")
    unlucky.page.evaluate("""() => {
        const error = new Error("no shadow");
        error.stack = `Error: no shadow at ${location.origin}/modules/study.js`;
        Promise.reject(error);
    }""")
    unlucky.sees(WRONG)
    expect(unlucky.page.get_by_role("button", name="Reload")).to_be_visible()
    expect(unlucky.page.get_by_label("Your initials")).to_have_value("AB")


def test_an_error_of_a_browser_extension_is_not_shown(unlucky: Visitor) -> None:
    """Browser extensions run their scripts in every page."""
    unlucky.come()
    unlucky.sees("About this study")
    unlucky.page.evaluate("void Promise.reject(new Error('no shadow'))")
    unlucky.page.evaluate("void setTimeout(() => { throw new Error('no shadow'); })")
    unlucky.page.wait_for_timeout(200)
    expect(unlucky.page.get_by_text(WRONG)).to_have_count(0)


def test_a_failed_request_is_not_shown_as_an_error(visitor: Visitor) -> None:
    visitor.site.troubles.append(Trouble(3))
    visitor.come()
    visitor.sees("The study cannot be reached")
    expect(visitor.page.get_by_text(WRONG)).to_have_count(0)
    visitor.sees("About this study")
