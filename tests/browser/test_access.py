"""Studies of `access: bound`: the browser of the first visit, and how another one continues."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.visitors import Visitor
from tests.browser.website import Site

OTHER_DEVICE = "Continue on another device"


@pytest.fixture
def bound(visitor: Visitor) -> Visitor:
    visitor.site.study.change(access="bound")
    return visitor


def other_browser(browser: Browser, site: Site) -> tuple[BrowserContext, Visitor]:
    context = browser.new_context()
    return context, Visitor(context.new_page(), site)


def test_an_open_study_asks_the_browser_for_no_secret(visitor: Visitor) -> None:
    visitor.come()
    visitor.consent()
    visitor.sees("How to play")
    expect(visitor.page.get_by_role("button", name=OTHER_DEVICE)).to_have_count(0)
    assert "proofs" not in visitor.site.study.record("ada")


def test_the_browser_of_the_first_visit_continues_and_another_one_only_with_its_link(
    bound: Visitor, browser: Browser
) -> None:
    bound.come()
    bound.consent()
    bound.sees("How to play")
    bound.page.reload()
    bound.sees("How to play")
    (digest,) = bound.site.study.record("ada")["proofs"]
    context, other = other_browser(browser, bound.site)
    try:
        other.come()
        other.sees("This study was begun in another browser")
        expect(other.submit_button).to_have_count(0)
        bound.page.get_by_role("button", name=OTHER_DEVICE).click()
        text = bound.page.get_by_role("region", name="Message").inner_text()
        link = next(word for word in text.split() if word.startswith("http"))
        other.page.goto("about:blank")
        other.page.goto(link)
        other.sees("How to play")
        assert "proof" not in other.page.url
        assert bound.site.study.record("ada")["proofs"] == [digest]
    finally:
        context.close()


def test_the_secret_is_sent_from_the_second_request_on(bound: Visitor) -> None:
    bound.come()
    bound.sees("About this study")
    assert [answer.get("notice") for answer in bound.site.answered] == ["proofNeeded", None]
    bound.page.reload()
    bound.sees("About this study")
    assert [answer.get("notice") for answer in bound.site.answered] == ["proofNeeded", None, None]


def test_a_browser_without_storage_keeps_the_secret_in_the_address(bound: Visitor) -> None:
    bound.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})")
    bound.come()
    bound.consent()
    bound.sees("How to play")
    assert "#proof=" in bound.page.url
    bound.page.reload()
    bound.sees("How to play")


def test_the_log_of_messages_shows_no_secret(bound: Visitor) -> None:
    bound.come(debug="true")
    bound.sees("About this study")
    secret = bound.page.evaluate("localStorage.getItem('hippo/study/ada/proof')")
    assert len(secret) == 43
    assert secret not in bound.page.get_by_role("region", name="Messages").inner_text()
