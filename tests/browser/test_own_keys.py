"""Keys that the game's server names itself: on the keyboard, and as buttons on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Page

from tests.browser.additions import ARROWS, TAXI, come, fingers_on, key, welcome
from tests.browser.browsers import CHROMIUM_AND_FIREFOX, EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.game_server import GameServer
from tests.browser.keyboard import focused_name
from tests.browser.visitors import Visitor


def _held(game: GameServer) -> list[list[str]]:
    return [message["keys"] for message in game.received if "keys" in message]


def _wait_for(game: GameServer, *expected: list[str]) -> None:
    """Wait for as many messages with keys as expected, and compare them."""
    game.wait_for(lambda message: len(_held(game)) >= len(expected))
    assert _held(game) == list(expected)


def _buttons(page: Page) -> list[str | None]:
    found = page.locator(".hold").all()
    return [button.get_attribute("aria-label") for button in found]


def test_each_change_sends_the_held_keys_and_the_frame_on_the_screen(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome([*ARROWS, key(" ", label="Jump"), key("ArrowLeft", " ", label="Jump left")])
    keyboard = come(visitor).keyboard
    keyboard.down("ArrowLeft")
    keyboard.down("ArrowLeft")  # the browser's key repeat
    keyboard.down(" ")
    keyboard.up("ArrowLeft")
    keyboard.up(" ")
    _wait_for(game, ["ArrowLeft"], ["ArrowLeft", " "], [" "], [])
    assert game.texts[1] == '{"keys":["ArrowLeft"],"frameId":5}'


def test_only_the_servers_own_actions_are_shown_and_sent(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(TAXI, controls=("left", "fire", "start"))
    page = come(visitor)
    assert _buttons(page) == ["South", "North", "East", "West", "Pick up", "Drop off"]
    expect(page.get_by_role("button", name="Fire")).to_have_count(0)
    for name in ("w", " ", "q", "x", "p"):
        page.keyboard.press(name)
    _wait_for(game, ["p"], [])
    assert focused_name(page) == "The game. Keys: ↓ South, ↑ North, → East, ← West, P Pick up, D Drop off"


def test_a_game_without_keys_has_no_keys(visitor: Visitor, game: GameServer) -> None:
    """Participants who only judge hold no fixed action either."""
    game.welcome = welcome([], controls=("left", "start"))
    page = come(visitor)
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Start").click()
    game.wait_for(lambda message: message.get("command") == "start")
    assert _buttons(page) == []
    assert len(game.received) == 2


@pytest.mark.parametrize("spelled", ["p", "P"])
def test_one_letter_is_that_letter_in_the_servers_spelling(spelled: str, visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome([key(spelled, label="Pick up")])
    keyboard = come(visitor).keyboard
    keyboard.down("p")
    keyboard.down("Shift")  # the held key is called P from now on
    keyboard.up("P")
    keyboard.down("P")
    keyboard.up("Shift")
    keyboard.up("p")
    _wait_for(game, [spelled], [], [spelled], [])


@EVERY_BROWSER
@pytest.mark.parametrize(
    ("name", "code"), [("з", "KeyP"), ("Dead", "KeyP"), ("P", "")], ids=["cyrillic", "dead", "bare"]
)
def test_a_keyboard_without_this_letter_has_the_key_in_its_place(
    name: str, code: str, visitor: Visitor, game: GameServer
) -> None:
    game.welcome = welcome([key("p", label="Pick up")])
    page = come(visitor)
    press = "([type, key, code]) => document.body.dispatchEvent(new KeyboardEvent(type, { key, code, bubbles: true }))"
    page.evaluate(press, ["keydown", name, code])
    page.evaluate(press, ["keyup", name, code])
    _wait_for(game, ["p"], [])


def test_buttons_hold_their_keys(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome([*ARROWS, key("ArrowUp", "ArrowLeft", label="Climb left")])
    page = come(visitor)
    page.get_by_role("button", name="Climb left").hover()
    page.mouse.down()
    page.keyboard.down("ArrowUp")  # is held already
    page.mouse.up()
    page.keyboard.up("ArrowUp")
    _wait_for(game, ["ArrowUp", "ArrowLeft"], ["ArrowUp"], [])
    page.get_by_role("button", name="Right").press("Enter")
    _wait_for(game, ["ArrowUp", "ArrowLeft"], ["ArrowUp"], [], ["ArrowRight"], [])


def test_keys_with_the_same_action_share_a_button(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome([key("ArrowLeft", label="Left"), key("a", label="Also left", action="left")])
    page = come(visitor)
    assert _buttons(page) == ["Left"]
    page.keyboard.press("a")
    _wait_for(game, ["a"], [])


def test_many_combinations_have_no_buttons_of_their_own(visitor: Visitor, game: GameServer) -> None:
    """Atari games have 18 actions, which fit on no phone."""
    fire = key(" ", label="Fire")
    chords = [key(*each["keys"], " ", label=f"{each['label']} and fire") for each in ARROWS]
    diagonals = [key("ArrowUp", side, label=f"Up {side}") for side in ("ArrowLeft", "ArrowRight")]
    game.welcome = welcome([*ARROWS, fire, *chords, *diagonals])
    assert _buttons(come(visitor)) == ["Left", "Right", "Up", "Down", "Fire"]


def _say(kind: str, target: str = "window") -> Callable[[Page], None]:
    """Return a function that dispatches an event."""
    event = f"new Event('{kind}', {{ bubbles: true, cancelable: true }})"
    return lambda page: page.evaluate(f"{target}.dispatchEvent({event})")


def _hide(page: Page) -> None:
    page.evaluate("""() => {
        const hide = (hidden) => Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        hide(true);
        document.dispatchEvent(new Event("visibilitychange"));
        hide(false);
    }""")


def _open_menu(page: Page) -> None:
    page.locator("canvas").click(button="right")
    page.keyboard.press("Escape")


def _press_cmd(page: Page) -> None:
    page.keyboard.down("Meta")
    page.keyboard.up("Meta")


LEAVE: Final[dict[str, Callable[[Page], None]]] = {
    **{kind: _say(kind) for kind in ("blur", "pagehide", "dragstart", "compositionstart", "beforeprint")},
    "hidden": _hide,
    "context menu": _open_menu,
    "Cmd": _press_cmd,
    "Cmd of older Firefox": lambda page: _dispatch(page, "keydown", key="OS", code="OSLeft"),
    "Stop": _say("click", "document.querySelector('[data-control=stop]')"),  # the last: it opens a question
}


def _dispatch(page: Page, kind: str, **event: str) -> None:
    page.evaluate(
        "([kind, event]) => document.body.dispatchEvent(new KeyboardEvent(kind, { ...event, bubbles: true }))",
        [kind, event],
    )


@EVERY_BROWSER
@pytest.mark.parametrize("own", [True, False], ids=["own", "fixed"])
def test_keys_whose_release_the_browser_does_not_report_are_released(
    own: bool, engine: str, visitor: Visitor, game: GameServer
) -> None:
    game.welcome = welcome(ARROWS if own else None, controls=("left", "stop"))
    page = come(visitor)
    for how, leave in LEAVE.items():
        game.received.clear()
        page.keyboard.down("ArrowLeft")
        game.wait_for(lambda message: message.get("keys") == ["ArrowLeft"] or message.get("action") == "left")
        if engine == "webkit" and leave is _open_menu:  # its driver hangs at movements of the mouse
            leave = _say("contextmenu", "document.querySelector('canvas')")
        leave(page)
        said = [message.get("keys", message.get("action")) for message in _two(game)]
        assert said == ([["ArrowLeft"], []] if own else ["left", "noop"]), how
        page.keyboard.up("ArrowLeft")


def _two(game: GameServer) -> list[dict[str, Any]]:
    """Wait for two messages."""
    game.wait_for(lambda _: len(game.received) >= 2)
    return list(game.received)


@EVERY_BROWSER
@pytest.mark.parametrize("own", [True, False], ids=["own", "fixed"])
@pytest.mark.parametrize("later", ["@", "й", "Dead", "Q"], ids=["AltGr", "another layout", "dead key", "Shift"])
def test_a_key_whose_name_changes_while_it_is_held_is_released(
    later: str, own: bool, visitor: Visitor, game: GameServer
) -> None:
    game.welcome = welcome([key("q", label="Back")] if own else None, controls=("leftUp",))
    page = come(visitor)
    _dispatch(page, "keydown", key="q", code="KeyQ")
    _dispatch(page, "keydown", key=later, code="KeyQ")
    _dispatch(page, "keyup", key=later, code="KeyQ")
    _dispatch(page, "keydown", key="q", code="KeyQ")
    if own:
        _wait_for(game, ["q"], [], ["q"])
    else:
        game.wait_for(lambda message: len(game.received) == 4)
        assert [message["action"] for message in game.received[1:]] == ["leftUp", "noop", "leftUp"]
        assert game.received[2]["KeyboardEvent"] == {"KEYUP": ["q"]}


@CHROMIUM_AND_FIREFOX  # WebKitGTK's driver has no touch
def test_a_long_touch_holds_its_button(handheld: Visitor, game: GameServer) -> None:
    """Phones open a context menu then."""
    game.welcome = welcome(ARROWS)
    page = come(handheld)
    button = page.get_by_role("button", name="Left")
    fingers_on(page).put(1, button)
    button.dispatch_event("contextmenu")
    page.keyboard.press("ArrowUp")
    _wait_for(game, ["ArrowLeft"], ["ArrowLeft", "ArrowUp"], ["ArrowLeft"])


@CHROMIUM_AND_FIREFOX
@pytest.mark.parametrize("own", [True, False], ids=["inputs", "commands"])
def test_a_second_finger_counts(own: bool, handheld: Visitor, game: GameServer) -> None:
    """Browsers send a click for the first finger only."""
    judged = [{"name": "feedback", "kind": "binary", "label": "Was that good?"}]
    game.welcome = welcome(ARROWS, judged) if own else welcome(controls=("left", "good", "bad"))
    page = come(handheld)
    fingers = fingers_on(page)
    fingers.put(1, page.get_by_role("button", name="Left"))
    for _ in range(2):
        fingers.put(2, page.get_by_role("button", name="Bad"))
        fingers.lift(2)
    fingers.lift(1)
    page.get_by_role("button", name="Good").tap()
    game.wait_for(lambda message: message.get("value") == 1 or message.get("command") == "good")
    expected: list[Any] = [["ArrowLeft"], -1, -1, [], 1] if own else ["left", "bad", "bad", "noop", "good"]
    said = [message.get("keys", message.get("value")) for message in game.received[1:]]
    old = [message.get("command", message.get("action")) for message in game.received[1:]]
    assert (said if own else old) == expected


@EVERY_BROWSER
@pytest.mark.parametrize("clicks", [True, False], ids=["and a click", "alone"])
def test_a_browser_that_sends_a_click_for_the_second_finger_too_counts_it_once(
    clicks: bool, visitor: Visitor, game: GameServer
) -> None:
    game.welcome = welcome(controls=("left", "good", "bad"))
    page = come(visitor)
    page.get_by_role("button", name="Bad").evaluate(
        """(button, clicks) => {
            const { left, top } = button.getBoundingClientRect();
            const at = { bubbles: true, clientX: left + 9, clientY: top + 9, pointerId: 7, isPrimary: false };
            button.dispatchEvent(new PointerEvent("pointerup", at));
            if (clicks) button.dispatchEvent(new PointerEvent("click", { ...at, detail: 1 }));
        }""",
        clicks,
    )
    page.get_by_role("button", name="Good").click()
    game.wait_for(lambda message: message.get("command") == "good")
    assert [message["command"] for message in game.received[1:]] == ["bad", "good"]


def test_new_keys_replace_the_old_ones_which_are_released(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(ARROWS)
    page = come(visitor)
    page.keyboard.down("ArrowLeft")
    game.wait_for(lambda message: message.get("keys") == ["ArrowLeft"])
    game.send({"keys": [key("j", label="Jump")]})
    expect(page.get_by_role("button", name="Jump")).to_be_visible()
    page.keyboard.up("ArrowLeft")
    page.keyboard.press("j")
    _wait_for(game, ["ArrowLeft"], [], ["j"], [])
    assert _buttons(page) == ["Jump"]


def test_a_server_that_uses_other_additions_receives_the_fixed_actions(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(ARROWS, controls=("left",))
    game.welcome[0]["speaks"] = ["inputs", "binary"]
    page = come(visitor)
    page.keyboard.press("ArrowLeft")
    game.wait_for(lambda message: message.get("action") == "noop")
    assert [message["action"] for message in game.received] == ["start", "left", "noop"]


def test_another_server_after_a_reconnect_is_spoken_to_as_it_wishes(visitor: Visitor, game: GameServer) -> None:
    asked = [{"name": "why", "kind": "text"}]
    game.welcome = welcome(TAXI, asked)
    page = come(visitor)
    page.keyboard.down("p")
    game.wait_for(lambda message: message.get("keys") == ["p"])
    game.welcome = [{"UI": ["left"]}]
    game.cut()
    expect(page.get_by_role("button", name="Left")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_have_count(0)
    page.keyboard.up("p")
    page.keyboard.press("ArrowLeft")
    game.wait_for(lambda message: message.get("action") == "noop")
    assert [message.get("action") for message in game.received] == ["start", None, "start", "left", "noop"]


@pytest.mark.parametrize("entry", [None, 7, {}, {"keys": []}, {"keys": [7]}, {"keys": {}}, {"keys": "p"}], ids=repr)
def test_an_invalid_entry_is_skipped(entry: Any, visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome([entry, key("x", label="Explode")])
    expected = ["p", "Explode"] if entry == {"keys": "p"} else ["Explode"]  # one key needs no list
    assert _buttons(come(visitor)) == expected
