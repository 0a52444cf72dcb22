"""What a study requires of the device: tested on the first page, and shown by the participant where it is in doubt."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.browsers import EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.game_server import GameServer
from tests.browser.visitors import Visitor, watch
from tests.browser.website import Site

GAMEPAD = """() => {
    const pad = { index: 0, connected: true, mapping: "standard", axes: [0, 0, 0, 0],
        buttons: Array.from({ length: 17 }, () => ({ pressed: false, value: 0 })) };
    window.pad = pad;
    navigator.getGamepads = () => [null, pad];
    dispatchEvent(new Event("gamepadconnected"));
}"""

HEARD = """window.tones = 0;
const Oscillator = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.tones += 1; return Oscillator.call(this); };"""


NO_MOUSE = """const of = window.matchMedia;
window.matchMedia = (query) => query.includes("any-pointer") ? { matches: false } : of.call(window, query);"""


def come(visitor: Visitor, **requires: Any) -> None:
    codes = {"finished": "C1A2B3C4", "screenedOut": "NODEVICE"}
    visitor.site.study.change(requires=requires, completion={"codes": codes})
    visitor.come()
    visitor.consent()


def device(visitor: Visitor) -> dict[str, Any]:
    """What the record keeps of the answer that completed the first step."""
    return dict(visitor.site.study.record("ada")["requests"][-1]["device"])


@pytest.mark.browsers("chromium", "firefox")
def test_a_device_that_has_everything_is_tested_in_silence(visitor: Visitor) -> None:
    come(visitor, minWidth=300, ping=5000)
    visitor.sees("How to play")
    assert [asked.step for asked in visitor.site.posts()] == ["1"]
    found = device(visitor)
    assert found["width"] > 1000
    assert 0 <= found["ping"] < 5000


@pytest.mark.browsers("chromium", "firefox")
def test_a_key_shows_that_there_is_a_keyboard(visitor: Visitor) -> None:
    visitor.site.study.change(requires={"keyboard": True})
    visitor.come()
    visitor.page.get_by_label("I agree").check()
    visitor.page.get_by_label("Your initials").fill("AB")  # writes without keys in Chromium
    visitor.page.keyboard.press("ArrowLeft")
    visitor.submit()
    visitor.sees("How to play")
    assert device(visitor) == {"keyboard": True}


def test_nothing_is_loaded_for_a_study_that_requires_nothing(visitor: Visitor) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.come()
    visitor.consent()
    visitor.sees("How to play")
    assert not [url for url in asked if re.search(r"devices?\.js|gamepad\.js", url)]


def test_a_participant_with_a_finger_alone_proves_keyboard_and_mouse(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.add_init_script(NO_MOUSE)  # the machine that runs this may have one
    faults = watch(page, site)
    visitor = Visitor(page, site)
    site.study.change(requires={"keyboard": True, "pointer": True})
    visitor.come()
    page.get_by_label("I agree").tap()
    page.get_by_label("Your initials").fill("AB")
    visitor.submit_button.tap()
    visitor.reads("A keyboard: press one of the arrow keys.")
    visitor.reads("A mouse, a touchpad or a pen")
    page.get_by_text("A mouse, a touchpad or a pen").tap()
    page.keyboard.press("ArrowUp")
    visitor.reads("This works.")
    page.mouse.move(100, 100)
    visitor.sees("How to play")
    assert device(visitor) == {"keyboard": True, "pointer": True}
    assert faults == []
    context.close()


NO_SCROLL_BAR = "addEventListener('load', () => (document.documentElement.style.scrollbarWidth = 'none'));"
"""A bar takes a part of the window's width."""


@EVERY_BROWSER
def test_a_wider_window_is_noticed(visitor: Visitor) -> None:
    visitor.page.add_init_script(NO_SCROLL_BAR)
    visitor.page.set_viewport_size({"width": 800, "height": 800})
    come(visitor, minWidth=1000)
    visitor.reads("A wider window: this one is 800 wide, and 1,000 are needed.")
    assert visitor.site.study.published == [], "no server is asked for before"
    visitor.page.set_viewport_size({"width": 900, "height": 800})
    visitor.reads("this one is 900 wide")
    visitor.page.set_viewport_size({"width": 1001, "height": 800})
    visitor.sees("How to play")
    assert device(visitor) == {"width": 1001}
    assert len(visitor.site.study.published) == 1


def test_a_slow_connection_is_measured_again(visitor: Visitor) -> None:
    ping = f"{visitor.site.origin}/ping"

    def answer_late(route: Route) -> None:
        visitor.page.wait_for_timeout(150)
        route.fulfill(body="")

    visitor.page.route(ping, answer_late)
    come(visitor, ping=100)
    visitor.reads("A faster connection: a message takes")
    visitor.page.unroute(ping)
    visitor.page.get_by_role("button", name="Measure again").click()
    visitor.sees("How to play")
    assert device(visitor)["ping"] <= 100


@EVERY_BROWSER
def test_who_hears_the_beeps_says_how_many(visitor: Visitor) -> None:
    visitor.page.add_init_script(HEARD)
    come(visitor, sound=True)
    page = visitor.page
    page.get_by_role("button", name="Play the beeps").click()
    played = page.evaluate("window.tones")
    page.get_by_role("button", name=str(played % 5 + 1), exact=True).click()
    visitor.reads("That was another number.")
    page.evaluate("window.tones = 0")
    page.get_by_role("button", name="Play the beeps").click()
    page.get_by_role("button", name=str(page.evaluate("window.tones")), exact=True).click()
    visitor.sees("How to play")
    assert device(visitor) == {"sound": True}


@EVERY_BROWSER
def test_a_gamepad_is_found_when_a_button_is_pressed(visitor: Visitor) -> None:
    come(visitor, gamepad=True)
    visitor.reads("A gamepad: connect it, and press one of its buttons.")
    visitor.page.evaluate(GAMEPAD)
    visitor.sees("How to play")
    assert device(visitor) == {"gamepad": True}


@EVERY_BROWSER
def test_who_cannot_do_it_leaves_with_a_code_or_goes_back(visitor: Visitor, game: GameServer) -> None:
    come(visitor, gamepad=True)
    page = visitor.page
    page.get_by_role("button", name="I cannot do this").click()
    visitor.reads("Then you cannot take part with this device.")
    page.get_by_role("button", name="Go back").click()
    page.get_by_role("button", name="I cannot do this").click()
    page.get_by_role("button", name="Leave the study").click()
    visitor.sees("This study needs another device")
    visitor.sees("Your completion code")
    expect(page.get_by_text("NODEVICE")).to_be_visible()
    expect(visitor.submit_button).to_be_hidden()
    record = visitor.site.study.record("ada")
    assert (record["outcome"], record["requests"][-1]["device"]) == ("screenedOut", {"gamepad": False, "gaveUp": True})
    page.reload()
    visitor.sees("This study needs another device")
    assert visitor.site.study.published == []


@EVERY_BROWSER
def test_who_does_not_consent_is_not_tested(visitor: Visitor) -> None:
    exits = {"refused": {"step": 1, "field": "consent", "values": ["no"], "page": "declined.html"}}
    visitor.site.study.change(requires={"gamepad": True}, exits=exits)
    visitor.come()
    visitor.page.get_by_label("I do not agree").check()
    visitor.page.get_by_label("Your initials").fill("AB")
    visitor.submit()
    visitor.sees("Thank you for reading")


def test_a_test_that_cannot_be_loaded_is_loaded_again(visitor: Visitor) -> None:
    lost = [True, True]
    visitor.page.route("**/devices.js*", lambda route: route.abort() if lost and lost.pop() else route.continue_())
    come(visitor, minWidth=300)
    visitor.sees("How to play")
    assert device(visitor)["width"] > 300
