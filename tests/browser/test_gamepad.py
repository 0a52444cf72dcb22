"""A gamepad presses the game's keys, while one is connected."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Page

from tests.browser.additions import ARROWS, TAXI, come, key, welcome
from tests.browser.browsers import EVERY_BROWSER
from tests.browser.game_server import GameServer
from tests.browser.test_devices import GAMEPAD
from tests.browser.visitors import Visitor

SET: Final = """([name, value]) => {
    const [, kind, number, sign] = name.match(/(button|axis)(\\d+)([+-]?)/);
    if (kind === "axis") window.pad.axes[number] = sign === "-" ? -value : value;
    else window.pad.buttons[number] = { pressed: value > 0, value };
}"""


def move(page: Page, control: str, value: float = 1.0) -> None:
    page.evaluate(SET, [control, value])


def held(game: GameServer) -> list[list[str]]:
    return [message["keys"] for message in game.received if "keys" in message]


def presses(page: Page, game: GameServer, control: str) -> list[str]:
    """Press and release a control; return the keys that the server saw held."""
    before = len(held(game))
    move(page, control)
    game.wait_for(lambda _: len(held(game)) > before)
    move(page, control, 0)
    game.wait_for(lambda _: len(held(game)) > before + 1)
    assert held(game)[-1] == []
    return held(game)[before]


@EVERY_BROWSER
def test_stick_and_arrows_move_and_buttons_are_the_other_keys(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(TAXI)
    page = come(visitor)
    page.evaluate(GAMEPAD)
    controls = ["axis0-", "axis0+", "axis1-", "axis1+", "button14", "button15", "button12", "button13"]
    arrows = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]
    assert [presses(page, game, control) for control in controls] == [[name] for name in arrows * 2]
    assert [presses(page, game, control) for control in ("button0", "button1")] == [["p"], ["d"]]
    move(page, "button2")  # no key is left for it
    assert presses(page, game, "button0") == ["p"]


@EVERY_BROWSER
def test_controls_are_held_together(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome([*ARROWS, key(" ", label="Jump")])
    page = come(visitor)
    page.evaluate(GAMEPAD)
    move(page, "axis0-")
    game.wait_for(lambda message: message.get("keys") == ["ArrowLeft"])
    move(page, "button0")
    game.wait_for(lambda message: message.get("keys") == ["ArrowLeft", " "])
    move(page, "axis0-", 0)
    game.wait_for(lambda message: message.get("keys") == [" "])


def test_a_stick_that_rests_beside_its_middle_presses_nothing(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(ARROWS)
    page = come(visitor)
    page.evaluate(GAMEPAD)
    move(page, "axis0-", 0.3)
    assert presses(page, game, "button12") == ["ArrowUp"]
    move(page, "axis0-", 0.6)
    game.wait_for(lambda message: message.get("keys") == ["ArrowLeft"])
    move(page, "axis0-", 0.45)  # held until it is back further
    move(page, "button12")
    game.wait_for(lambda message: message.get("keys") == ["ArrowLeft", "ArrowUp"])


def test_the_game_names_controls_of_its_own(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(TAXI)
    game.welcome[0]["gamepad"] = {"button7": "p", "axis2-": "ArrowLeft"}
    page = come(visitor)
    page.evaluate(GAMEPAD)
    found = {control: presses(page, game, control) for control in ("button7", "axis2-", "button0", "axis0+")}
    assert found == {"button7": ["p"], "axis2-": ["ArrowLeft"], "button0": ["d"], "axis0+": ["ArrowRight"]}


def test_letters_move_in_a_game_without_arrow_keys(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome([key(letter, label=letter.upper()) for letter in "wasdx"])
    page = come(visitor)
    page.evaluate(GAMEPAD)
    found = [presses(page, game, control) for control in ("axis1-", "axis0-", "button0")]
    assert found == [["w"], ["a"], ["x"]]


@EVERY_BROWSER
def test_a_server_of_fixed_actions_is_played_too(visitor: Visitor, game: GameServer) -> None:
    game.welcome[0] = {"UI": ["left", "right", "fire", "start"]}
    visitor.come_to_game()
    page = visitor.page
    page.evaluate(GAMEPAD)
    for control in ("axis0-", "button0"):
        move(page, control)
        game.wait_for(lambda message: message.get("action") in ("left", "fire"))
        move(page, control, 0)
        game.wait_for(lambda message: message.get("action") == "noop")
        game.received[-2:] = [{"was": message["action"]} for message in game.received[-2:]]
    assert [message["was"] for message in game.received if "was" in message] == ["left", "noop", "fire", "noop"]


@EVERY_BROWSER
def test_a_gamepad_that_is_taken_away_holds_nothing_and_is_not_polled(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(ARROWS)
    visitor.page.add_init_script("window.asked = 0")
    page = come(visitor)
    names = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert not [name for name in names if "gamepad.js" in name]
    page.evaluate(GAMEPAD)
    move(page, "axis0-")
    game.wait_for(lambda message: message.get("keys") == ["ArrowLeft"])
    page.evaluate("navigator.getGamepads = () => ((window.asked += 1), [null, null])")
    game.wait_for(lambda message: message.get("keys") == [])
    asked = page.evaluate("window.asked")
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    assert page.evaluate("window.asked") == asked
    page.evaluate(GAMEPAD)  # connected again
    assert presses(page, game, "button15") == ["ArrowRight"]


def test_nothing_is_pressed_before_the_game_is_connected(visitor: Visitor, game: GameServer) -> None:
    game.welcome = welcome(ARROWS)
    page = come(visitor)
    page.evaluate(GAMEPAD)
    game.stop()
    visitor.page.get_by_text("The connection to the game is interrupted.").first.wait_for()
    move(page, "axis0-")
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    move(page, "axis0-", 0)
    assert held(game) == []
