"""The game view: the messages it sends, and what it shows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.game_server import ALL_MOVES, GameServer, picture
from tests.browser.keyboard import focused_name
from tests.browser.visitors import Visitor

# --- sent messages ---


def test_the_first_message_has_the_keys_of_all_generations(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    assert game.received[0] == {
        "action": "start",
        "userId": "ada",
        "projectId": "study",
        "step": "3",
        "speaks": ["keys", "inputs", "binary"],
        "sendTo": "backend",
        "frameCount": 0,
        "frameId": 0,
    }


def test_a_key_message_has_the_older_format_and_the_key(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ALL_MOVES}, {"frame": picture((9, 9, 9)), "frameId": 41}]
    visitor.come_to_game()
    expect(visitor.page.get_by_role("button", name="Fire")).to_be_visible()
    visitor.page.keyboard.press("ArrowLeft")
    down = game.wait_for(lambda message: message["action"] == "left")
    assert down == {
        "action": "left",
        "actionType": "leftArrow",
        "KeyboardEvent": {"KEYDOWN": ["ArrowLeft", 65]},
        "userId": "ada",
        "sendTo": "backend",
        "frameCount": 1,
        "frameId": 41,
    }
    up = game.wait_for(lambda message: message["action"] == "noop")
    assert up["KeyboardEvent"] == {"KEYUP": ["ArrowLeft"]}


@pytest.mark.parametrize("frame_too", [False, True], ids=["newer", "both"])
def test_a_newer_server_receives_a_key_as_a_command(visitor: Visitor, game: GameServer, frame_too: bool) -> None:
    """A newer server reads `action` first, and drops everything but commands."""
    frame = {"frame": picture((9, 9, 9)), "frameId": 41}
    game.welcome = [{"UI": ALL_MOVES}, {"env": frame, **(frame if frame_too else {})}]
    visitor.come_to_game()
    expect(visitor.page.get_by_role("button", name="Fire")).to_be_visible()
    visitor.page.keyboard.press("ArrowLeft")
    game.wait_for(lambda message: message.get("KeyboardEvent") == {"KEYUP": ["ArrowLeft"]})
    always = {"userId": "ada", "sendTo": "backend", "frameCount": 1, "frameId": 41}
    assert game.received[1:] == [
        {"action": "command", "KeyboardEvent": {"KEYDOWN": ["ArrowLeft", 65]}, **always},
        {"action": "command", "KeyboardEvent": {"KEYUP": ["ArrowLeft"]}, **always},
    ]


@pytest.mark.parametrize(
    ("welcome", "action"),
    [([], "command"), ([{"frame": picture((9, 9, 9))}], None), ([{"env": {"frame": picture((9, 9, 9))}}], "command")],
    ids=["not known yet", "older", "newer"],
)
def test_a_command_has_an_action_except_for_older_servers(
    visitor: Visitor, game: GameServer, welcome: list[dict[str, object]], action: str | None
) -> None:
    """Older servers treat an unknown action as a key."""
    game.welcome = [*welcome, {"UI": ["start", "fpsUp"]}]
    visitor.come_to_game()
    visitor.page.get_by_role("button", name="Start").click()
    visitor.page.get_by_role("button", name="Faster").click()
    game.wait_for(lambda message: message.get("changeFrameRate") == "faster")
    assert [message.get("action") for message in game.received[1:]] == [action, action]
    assert game.received[1]["command"] == "start"


KEYS = {
    "w": "up",
    "A": "left",
    "s": "down",
    "d": "right",
    "q": "leftUp",
    "e": "rightUp",
    "z": "leftDown",
    "c": "rightDown",
    " ": "fire",
    "ArrowUp": "up",
    "ArrowDown": "down",
    "ArrowLeft": "left",
    "ArrowRight": "right",
}


def test_every_key_has_its_action(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ALL_MOVES}]
    visitor.come_to_game()
    for key in KEYS:
        visitor.page.keyboard.press(key)
    game.wait_for(lambda message: message.get("KeyboardEvent") == {"KEYUP": ["ArrowRight"]})
    assert [message["action"] for message in game.received if "actionType" in message] == list(KEYS.values())


def test_only_requested_controls_are_shown_and_sent(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ["left", "good"]}]
    visitor.come_to_game()
    buttons = (
        visitor.page.get_by_role("region", name="Message")
        .or_(visitor.page.locator(".all-controls"))
        .get_by_role("button")
    )
    expect(buttons).to_have_count(2)
    for key in ("ArrowRight", "ArrowUp", "d", "w", " ", "x", "ArrowLeft"):
        visitor.page.keyboard.press(key)
    game.wait_for(lambda message: message["action"] == "noop")
    assert [message["action"] for message in game.received] == ["start", "left", "noop"]


def test_a_held_key_is_sent_once_and_two_held_keys_are_separate(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    keyboard = visitor.page.keyboard
    keyboard.down("ArrowLeft")
    keyboard.down("ArrowLeft")  # the browser's key repeat
    keyboard.down("ArrowRight")
    keyboard.up("ArrowRight")
    keyboard.up("ArrowLeft")
    game.wait_for(lambda message: message["action"] == "noop")
    said = [(message["action"], message["KeyboardEvent"]) for message in game.received[1:]]
    assert said == [
        ("left", {"KEYDOWN": ["ArrowLeft", 65]}),
        ("right", {"KEYDOWN": ["ArrowRight", 65]}),
        ("left", {"KEYUP": ["ArrowRight"]}),
        ("noop", {"KEYUP": ["ArrowLeft"]}),
    ]


def test_the_release_names_the_key_whose_press_was_sent(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    keyboard = visitor.page.keyboard
    keyboard.down("ArrowLeft")
    keyboard.down("a")  # holds the same action
    keyboard.up("ArrowLeft")
    keyboard.up("a")
    game.wait_for(lambda message: message["action"] == "noop")
    said = [(message["action"], message["KeyboardEvent"]) for message in game.received[1:]]
    assert said == [("left", {"KEYDOWN": ["ArrowLeft", 65]}), ("noop", {"KEYUP": ["ArrowLeft"]})]


@pytest.mark.parametrize("label", ["Reset", "Good", "Left"])
def test_after_a_click_on_a_button_the_keys_control_the_game(visitor: Visitor, game: GameServer, label: str) -> None:
    """Otherwise the space bar would press the button again."""
    game.welcome = [{"UI": ["left", "fire", "reset", "good"]}]
    visitor.come_to_game()
    visitor.page.get_by_role("button", name=label).click()
    visitor.page.keyboard.press(" ")
    game.wait_for(lambda message: message.get("action") == "fire")
    assert focused_name(visitor.page).startswith("The game")
    assert sum(message.get("command") == label.lower() for message in game.received) == (label != "Left")


def test_a_button_pressed_by_keyboard_keeps_the_focus(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ["fire", "reset"]}]
    visitor.come_to_game()
    visitor.page.get_by_role("button", name="Reset").press("Enter")
    game.wait_for(lambda message: message.get("command") == "reset")
    assert focused_name(visitor.page) == "Reset"


def test_leaving_the_tab_releases_the_keys(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.page.keyboard.down("ArrowLeft")
    visitor.page.evaluate("window.dispatchEvent(new Event('blur'))")
    game.wait_for(lambda message: message["action"] == "noop")


def test_a_button_on_the_screen_can_be_held(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.page.get_by_role("button", name="Left").hover()
    visitor.page.mouse.down()
    game.wait_for(lambda message: message["action"] == "left")
    assert all(message["action"] != "noop" for message in game.received)
    visitor.page.mouse.up()
    up = game.wait_for(lambda message: message["action"] == "noop")
    assert up["KeyboardEvent"] == {"KEYUP": ["ArrowLeft"]}


def test_commands_and_feedback(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ["start", "pause", "stop", "reset", "good", "bad", "trainOffline", "somethingNew"]}]
    visitor.come_to_game()
    for label in ("Start", "Pause", "Good", "Bad", "Reset", "Train offline", "Something new", "Stop", "End the game"):
        visitor.page.get_by_role("button", name=label).click()
    game.wait_for(lambda message: message.get("command") == "stop")
    commands = [message["command"] for message in game.received[1:]]
    assert commands == ["start", "pause", "good", "bad", "reset", "trainOffline", "somethingNew", "stop"]
    start = game.received[1]
    assert {start["action"], start["sendTo"]} == {"command", "backend"}
    assert start["browser"] == "Chrome"
    assert {"system", "systemVersion", "browserVersion"} <= set(start)


def test_the_controls_of_the_frame_rate_send_their_messages(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ["fpsUp", "fpsDown", "fpsSet", "left"]}]
    visitor.come_to_game()
    page = visitor.page
    page.get_by_role("button", name="Faster").click()
    page.get_by_role("button", name="Slower").click()
    page.get_by_label("Pictures per second").fill("91")
    page.get_by_role("button", name="Set").click()
    page.get_by_label("Pictures per second").fill("30")
    page.get_by_label("Pictures per second").press("ArrowLeft")  # moves the cursor only
    page.get_by_role("button", name="Set").click()
    game.wait_for(lambda message: message.get("changeFrameRate") == "30")
    assert [message.get("changeFrameRate") for message in game.received[1:]] == ["faster", "slower", "30"]


# --- what is shown ---


def _colour(page: Page) -> list[int]:
    script = """() => {
        const copy = new OffscreenCanvas(9, 9).getContext("2d", { willReadFrequently: true });
        copy.drawImage(document.querySelector("canvas"), 0, 0);
        return [...copy.getImageData(5, 5, 1, 1).data];
    }"""
    return list(page.evaluate(script))


def _wait_for_colour(page: Page, *wanted: int) -> None:
    for _ in range(100):
        colour = _colour(page)
        if all(abs(seen - want) < 20 for seen, want in zip(colour, wanted, strict=False)):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the picture is {_colour(page)}")


def test_frames_are_drawn(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.send({"frame": picture((250, 10, 10)), "frameId": 7})
    _wait_for_colour(visitor.page, 250, 10, 10)
    game.send({"env": {"frame": picture((10, 250, 10)), "frameId": 8}})
    _wait_for_colour(visitor.page, 10, 250, 10)
    for shade in range(0, 200, 4):  # faster than a browser can draw: the last one counts
        game.send({"frame": f"data:image/jpeg;base64,{picture((shade, shade, 250))}", "frameId": shade})
    _wait_for_colour(visitor.page, 196, 196, 250)


def test_a_frame_that_is_not_a_picture_is_skipped(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    for message in ("not JSON", "[]", "null", "17", {"frame": "!!!"}, {"frame": "QUJD"}, {"UI": "left"}, {"env": None}):
        game.send(message)
    game.send({"display": {"Score": "still here"}})
    expect(visitor.page.get_by_text("still here")).to_be_visible()


def test_figures_instructions_and_budget(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.send({"display": {"Round": "2 of 3", "Lives": 4}, "Score": 7, "MaxScore": 10})
    game.send({"Instructions": ["First line.", "<b>Second</b> line."], "inputBudget": 60, "usedInputBudget": 12})
    page = visitor.page
    for text in ("2 of 3", "7 of 10", "First line.", "<b>Second</b> line.", "Your help used: 12 of 60"):
        expect(page.get_by_text(text, exact=True)).to_be_visible()


@pytest.mark.parametrize(("size", "width"), [("strict", 300), ("responsive", 500)])
def test_the_game_has_the_requested_size(visitor: Visitor, game: GameServer, size: str, width: int) -> None:
    game.welcome = [{"gameWindowWidth": 300, "gameWindowHeight": 200, "gameWindowSize": size, "borderColor": "red"}]
    game.welcome += [{"frame": picture((1, 2, 3), (300, 200)), "frameId": 1}]
    visitor.come_to_game()
    expect(visitor.page.locator(".screen")).to_have_css("border-color", "rgb(255, 0, 0)")
    box = visitor.page.locator(".screen").bounding_box()
    assert box is not None
    assert box["width"] == 300 if size == "strict" else box["width"] >= width


def test_a_size_may_arrive_in_several_messages(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"gameWindowWidth": 300, "gameWindowHeight": 200, "gameWindowSize": "strict"}]
    game.welcome += [{"gameWindowSize": "responsive"}, {"frame": picture((1, 2, 3), (300, 200)), "frameId": 1}]
    visitor.come_to_game()
    screen = visitor.page.locator(".screen")
    expect(screen).to_have_attribute("style", re.compile("--wanted: 100%"))
    game.send({"gameWindowSize": "strict"})
    expect(screen).to_have_attribute("style", re.compile("--wanted: 300px"))


def test_repeated_instructions_do_not_take_the_focus(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    page = visitor.page
    summary = page.get_by_text("How to play")
    summary.focus()
    for lines in (["Press Start."], ["Press Start.", "Then play."]):
        game.send({"Instructions": lines})
        expect(page.get_by_text(lines[-1], exact=True)).to_be_visible()
        assert focused_name(page) == "How to play"
    summary.click()
    game.send({"Instructions": ["Press Start.", "Then play."], "display": {"Score": 7}})
    expect(page.get_by_text("7", exact=True)).to_be_visible()
    expect(page.get_by_text("Then play.")).to_be_hidden()


def test_two_pictures_are_shown_with_names(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.send({"imageL": picture((9, 9, 9)), "imageR": f"data:image/jpeg;base64,{picture((1, 1, 1))}"})
    for name in ("Left picture", "Right picture"):
        image = visitor.page.get_by_role("img", name=name)
        expect(image).to_be_visible()
        expect(image).to_have_js_property("naturalWidth", 64)


def test_the_picture_can_be_adjusted(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ["brightness", "left"]}]
    visitor.come_to_game()
    visitor.page.get_by_label("Brightness").press("End")
    expect(visitor.page.locator("canvas")).to_have_css(
        "filter", "brightness(2) contrast(1) saturate(1) hue-rotate(0deg)"
    )
    assert len(game.received) == 1


def test_debug_shows_the_messages(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game(debug="true")
    expect(visitor.page.get_by_text("game → ").first).to_be_visible()
    expect(visitor.page.get_by_text("… ").filter(has_text="characters").first).to_be_visible()
