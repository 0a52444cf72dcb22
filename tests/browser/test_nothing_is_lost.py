"""No failure loses typed answers, skips a step, or submits a step twice."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route

from tests.browser.browsers import EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.visitors import Visitor, watch
from tests.browser.website import Site, Trouble

CONSENT = ("1", {"consent": "yes", "initials": "AB"})


# --- reload ---


@EVERY_BROWSER
def test_a_reload_while_waiting_shows_the_wait_again(visitor: Visitor) -> None:
    visitor.site.study.servers_are_quick = False
    visitor.come_to("3")
    visitor.sees("Your game is starting")
    visitor.page.reload()
    visitor.sees("Your game is starting")
    visitor.site.study.make_ready("ada")
    visitor.page.reload()
    visitor.is_connected()


@EVERY_BROWSER
def test_submitted_answers_are_removed_from_the_device(visitor: Visitor) -> None:
    visitor.come()
    visitor.consent()
    visitor.sees("How to play")
    kept = visitor.page.evaluate("Object.entries(localStorage).map(String).join()")
    assert "AB" not in kept
    assert "draft" not in kept


# --- pressed twice ---


def test_pressing_submit_again_during_sending_sends_nothing(visitor: Visitor) -> None:
    visitor.come()
    visitor.sees("About this study")
    visitor.site.gate = threading.Event()
    visitor.consent()
    sending = visitor.page.get_by_role("button", name="Sending")
    expect(sending).to_have_attribute("aria-disabled", "true")
    for _ in range(3):
        sending.dispatch_event("click")
    visitor.page.keyboard.press("Enter")
    visitor.page.get_by_label("Your initials").press("Enter")
    visitor.site.gate.set()
    visitor.sees("How to play")
    assert len(visitor.site.posts()) == 1


def test_pressing_submit_again_while_the_next_page_loads_sends_nothing(visitor: Visitor) -> None:
    held: list[Route] = []
    visitor.page.route("**/later.js*", lambda route: held.append(route))
    visitor.come_to("2")
    visitor.sees("How to play")
    with visitor.page.expect_response(lambda response: response.request.method == "POST") as answered:
        visitor.submit()
    answered.value.finished()
    visitor.page.wait_for_timeout(200)
    for _ in range(3):
        visitor.page.locator(".hippo-submit").dispatch_event("click")
    for route in held:
        route.continue_()
    visitor.is_connected()
    assert len(visitor.site.posts()) == 1


def test_a_click_just_after_a_page_appears_is_ignored(visitor: Visitor) -> None:
    """The second click of a slow double click hits the next page's Submit, at the same position."""
    page = visitor.page
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    visitor.come_to("2")
    visitor.sees("How to play")
    box = visitor.submit_button.bounding_box()
    assert box is not None
    for milliseconds, posts in ((400, 0), (200, 1)):
        page.clock.run_for(milliseconds)
        page.mouse.click(box["x"] + 5, box["y"] + 5)
        page.clock.run_for(50)
        page.wait_for_timeout(200)
        assert len(visitor.site.posts()) == posts


SUBMIT_WHEN_SHOWN = """window.disabledWhenShown = new Promise((resolve) => {
    new MutationObserver(() => {
        const step = document.querySelector(".step");
        if (step) resolve(step.shadowRoot.querySelector(".hippo-submit").disabled);
    }).observe(document, { childList: true, subtree: true });
});"""


def test_the_ignored_time_starts_when_the_page_is_visible(visitor: Visitor) -> None:
    """The page is shown only after its style sheet has loaded."""
    held: list[Route] = []
    page = visitor.page
    page.add_init_script(SUBMIT_WHEN_SHOWN)
    css = f"{visitor.site.origin}/slow.css"
    page.route(css, lambda route: held.append(route))
    visitor.site.study.bring("ada", "2")
    page.goto(visitor.site.link(css=css), wait_until="commit")
    page.wait_for_timeout(800)
    for route in held:
        route.fulfill(content_type="text/css", body="h1 { color: red }")
    assert page.evaluate("disabledWhenShown") is True
    expect(visitor.submit_button).to_be_enabled()


# --- the browser's buttons Back and Forward ---


@EVERY_BROWSER
def test_a_history_entry_is_made_by_the_first_gesture_not_before(visitor: Visitor) -> None:
    """Firefox and WebKit skip an entry that is made before: the first Back would leave the study."""
    page = visitor.page
    visitor.come()
    visitor.sees("About this study")
    before = page.evaluate("history.length")
    assert page.evaluate("history.state") is None
    page.keyboard.press("Escape")
    page.keyboard.down("Alt")
    page.keyboard.up("Alt")
    assert page.evaluate("history.state") is None
    page.get_by_label("I agree").check()
    assert page.evaluate("[history.length, history.state]") == [before + 1, "study"]
    page.get_by_label("Your initials").fill("AB")
    visitor.submit()
    visitor.sees("How to play")
    assert page.evaluate("history.length") == before + 1


# --- a second tab ---


def _second_tab(context: BrowserContext, site: Site) -> tuple[Visitor, list[str]]:
    page = context.new_page()
    faults = watch(page, site)
    return Visitor(page, site), faults


def test_a_stale_tab_skips_no_step_and_loses_no_answer(context: BrowserContext, visitor: Visitor) -> None:
    visitor.come()
    other, _ = _second_tab(context, visitor.site)
    other.come()
    other.sees("About this study")
    visitor.consent()
    visitor.sees("How to play")
    other.page.get_by_label("I agree").check()
    other.page.get_by_label("Your initials").fill("ZZ")
    other.submit()
    other.sees("How to play")
    study = visitor.site.study
    assert study.answers("ada") == [CONSENT]
    assert {"consent": "yes", "initials": "ZZ"} in study.all_bodies("ada")


def test_the_notice_of_another_window_needs_no_further_style_sheet(context: BrowserContext, visitor: Visitor) -> None:
    visitor.page.route("**/later.css", lambda route: route.abort())
    visitor.come()
    visitor.sees("About this study")
    other, _ = _second_tab(context, visitor.site)
    other.come()
    other.consent()
    visitor.reads("You have gone on with this study in another window.")
    expect(visitor.page.locator("#banner")).to_have_css("display", "flex")
    expect(visitor.page.get_by_role("button", name="Close")).to_have_css("background-color", "rgba(0, 0, 0, 0)")


# --- the network ---


@EVERY_BROWSER
@pytest.mark.parametrize("processed", [False, True], ids=["before the API processes it", "after the API processes it"])
def test_a_submit_that_was_cut_is_sent_again(visitor: Visitor, processed: bool) -> None:
    visitor.site.troubles.append(Trouble(1, "POST", processed=processed))
    visitor.come()
    visitor.consent()
    visitor.sees("How to play")
    assert visitor.site.study.answers("ada") == [CONSENT]
    assert [asked.step for asked in visitor.site.posts()] == ["1", "1"]


@pytest.mark.parametrize("status", [429, 503])
def test_an_answer_that_is_not_from_the_api_is_retried(visitor: Visitor, status: int) -> None:
    visitor.site.troubles.append(Trouble(1, "POST", status=status, processed=True))
    visitor.come()
    visitor.consent()
    visitor.sees("How to play")
    assert visitor.site.study.answers("ada") == [CONSENT]


def test_retry_after_is_respected(visitor: Visitor) -> None:
    visitor.site.troubles.append(Trouble(1, "POST", status=429, retry_after=3))
    visitor.come()
    visitor.consent()
    visitor.sees("How to play")
    first, second = visitor.site.posts()
    assert second.at - first.at >= 3


@EVERY_BROWSER
def test_a_failure_of_the_api_is_retried(visitor: Visitor) -> None:
    """`retry: true` comes with a page; the typed answers stay."""
    failure: dict[str, Any] = {"page": "<h1>Something went wrong on our side</h1>", "css": None, "retry": True}
    visitor.come()
    visitor.sees("About this study")
    visitor.site.scripted = [failure]
    visitor.consent()
    expect(visitor.page.get_by_text("Your answers could not be sent yet.").first).to_be_visible()
    expect(visitor.page.get_by_label("Your initials")).to_have_value("AB")
    visitor.site.scripted = []
    visitor.sees("How to play")
    assert visitor.site.study.answers("ada") == [CONSENT]


def test_answers_are_sent_immediately_when_the_network_is_back(context: BrowserContext, visitor: Visitor) -> None:
    visitor.come()
    visitor.sees("About this study")
    context.set_offline(True)
    visitor.consent()
    expect(visitor.page.get_by_text("You are offline. Your answers are saved").first).to_be_visible()
    context.set_offline(False)
    visitor.sees("How to play")
    assert visitor.site.study.answers("ada") == [CONSENT]


@EVERY_BROWSER
def test_unsent_answers_survive_a_reload(visitor: Visitor) -> None:
    visitor.site.troubles.append(Trouble(1000, "POST"))
    visitor.come()
    visitor.consent()
    expect(visitor.page.get_by_text("Your answers could not be sent yet.").first).to_be_visible()
    visitor.page.reload()
    visitor.sees("About this study")
    expect(visitor.page.get_by_label("Your initials")).to_have_value("AB")
    visitor.site.troubles.clear()
    visitor.submit()
    visitor.sees("How to play")
    assert visitor.site.study.answers("ada") == [CONSENT]


@EVERY_BROWSER
def test_try_now_does_not_wait(visitor: Visitor) -> None:
    visitor.site.troubles.append(Trouble(1, "POST", status=429, retry_after=60))
    visitor.come()
    visitor.consent()
    visitor.page.get_by_role("button", name="Try now").click()
    visitor.sees("How to play")


def test_the_page_waits_for_a_slow_server(visitor: Visitor) -> None:
    visitor.come()
    visitor.sees("About this study")
    visitor.site.delay = 5
    visitor.consent()
    expect(visitor.page.get_by_text("Still sending.")).to_be_visible()
    visitor.sees("How to play")
    assert len(visitor.site.posts()) == 1


@EVERY_BROWSER
def test_refused_answers_stay_on_the_page(visitor: Visitor) -> None:
    visitor.come_to("4")
    visitor.fill_survey()
    text = "x" * 300_000
    visitor.page.get_by_label("Anything else?").fill(text)
    visitor.submit()
    expect(visitor.page.get_by_text("Your answers could not be accepted: the answer is larger").first).to_be_visible()
    expect(visitor.page.get_by_label("Anything else?")).to_have_value(text)
    visitor.page.get_by_label("Anything else?").fill("Shorter.")
    visitor.submit()
    visitor.sees("Thank you")
