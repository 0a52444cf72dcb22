"""The game view: what it says to the server, what it shows, and what it does when the connection breaks."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from hippo_gym.sessions import Seen
from tests.browser.deployment import Trouble
from tests.browser.game_server import ALL_MOVES, GameServer, picture
from tests.browser.visitors import Visitor

INTERRUPTED = "The connection to the game is interrupted."


# --- what is said ---


def test_the_first_message_is_that_of_both_generations(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    assert game.heard[0] == {
        "action": "start",
        "userId": "ada",
        "projectId": "study",
        "sendTo": "backend",
        "frameCount": 0,
        "frameId": 0,
    }


def test_a_key_is_said_in_the_words_of_both_generations(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ALL_MOVES}, {"env": {"frame": picture((9, 9, 9)), "frameId": 41}}]
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
    assert [message["action"] for message in game.heard if "actionType" in message] == list(KEYS.values())


def test_only_what_the_server_asks_for_is_shown_and_sent(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ["left", "good"]}]
    visitor.come_to_game()
    buttons = (
        visitor.page.get_by_role("region", name="Notice")
        .or_(visitor.page.locator(".all-controls"))
        .get_by_role("button")
    )
    expect(buttons).to_have_count(2)
    for key in ("ArrowRight", "ArrowUp", "d", "w", " ", "x", "ArrowLeft"):
        visitor.page.keyboard.press(key)
    game.wait_for(lambda message: message["action"] == "noop")
    assert [message["action"] for message in game.heard] == ["start", "left", "noop"]


def test_a_held_key_is_said_once_and_two_held_keys_are_kept_apart(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    keyboard = visitor.page.keyboard
    keyboard.down("ArrowLeft")
    keyboard.down("ArrowLeft")  # the browser's repetition
    keyboard.down("ArrowRight")
    keyboard.up("ArrowRight")
    keyboard.up("ArrowLeft")
    game.wait_for(lambda message: message["action"] == "noop")
    said = [(message["action"], message["KeyboardEvent"]) for message in game.heard[1:]]
    assert said == [
        ("left", {"KEYDOWN": ["ArrowLeft", 65]}),
        ("right", {"KEYDOWN": ["ArrowRight", 65]}),
        ("left", {"KEYUP": ["ArrowRight"]}),
        ("noop", {"KEYUP": ["ArrowLeft"]}),
    ]


def test_whoever_looks_away_lets_go_of_the_keys(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.page.keyboard.down("ArrowLeft")
    visitor.page.evaluate("window.dispatchEvent(new Event('blur'))")
    game.wait_for(lambda message: message["action"] == "noop")


def test_a_button_on_the_screen_can_be_held(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.page.get_by_role("button", name="Left").hover()
    visitor.page.mouse.down()
    game.wait_for(lambda message: message["action"] == "left")
    assert all(message["action"] != "noop" for message in game.heard)
    visitor.page.mouse.up()
    up = game.wait_for(lambda message: message["action"] == "noop")
    assert up["KeyboardEvent"] == {"KEYUP": ["ArrowLeft"]}


def test_commands_and_feedback(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ["start", "pause", "stop", "reset", "good", "bad", "trainOffline", "somethingNew"]}]
    visitor.come_to_game()
    for label in ("Start", "Pause", "Good", "Bad", "Reset", "Train offline", "Something new", "Stop"):
        visitor.page.get_by_role("button", name=label).click()
    game.wait_for(lambda message: message.get("command") == "stop")
    commands = [message["command"] for message in game.heard[1:]]
    assert commands == ["start", "pause", "good", "bad", "reset", "trainOffline", "somethingNew", "stop"]
    start = game.heard[1]
    assert {start["action"], start["sendTo"]} == {"command", "backend"}
    assert start["browser"] == "Chrome"
    assert {"system", "systemVersion", "browserVersion"} <= set(start)


def test_the_frame_rate(visitor: Visitor, game: GameServer) -> None:
    game.welcome = [{"UI": ["fpsUp", "fpsDown", "fpsSet", "left"]}]
    visitor.come_to_game()
    page = visitor.page
    page.get_by_role("button", name="Faster").click()
    page.get_by_role("button", name="Slower").click()
    page.get_by_label("Pictures a second").fill("91")
    page.get_by_role("button", name="Set").click()
    page.get_by_label("Pictures a second").fill("30")
    page.get_by_label("Pictures a second").press("ArrowLeft")  # moves in the field, and not in the game
    page.get_by_role("button", name="Set").click()
    game.wait_for(lambda message: message.get("changeFrameRate") == 30)
    assert [message.get("changeFrameRate") for message in game.heard[1:]] == ["faster", "slower", 30]


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
    game.say({"frame": picture((250, 10, 10)), "frameId": 7})
    _wait_for_colour(visitor.page, 250, 10, 10)
    game.say({"env": {"frame": picture((10, 250, 10)), "frameId": 8}})
    _wait_for_colour(visitor.page, 10, 250, 10)
    for shade in range(0, 200, 4):  # faster than anybody can draw: the last one counts
        game.say({"frame": f"data:image/jpeg;base64,{picture((shade, shade, 250))}", "frameId": shade})
    _wait_for_colour(visitor.page, 196, 196, 250)


def test_a_frame_that_is_no_picture_does_no_harm(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    for message in ("not JSON", "[]", "null", "17", {"frame": "!!!"}, {"frame": "QUJD"}, {"UI": "left"}, {"env": None}):
        game.say(message)
    game.say({"display": {"Score": "still here"}})
    expect(visitor.page.get_by_text("still here")).to_be_visible()


def test_figures_instructions_and_budget(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.say({"display": {"Round": "2 of 3", "Lives": 4}, "Score": 7, "MaxScore": 10})
    game.say({"Instructions": ["First line.", "<b>Second</b> line."], "inputBudget": 60, "usedInputBudget": 12})
    page = visitor.page
    for text in ("2 of 3", "7 of 10", "First line.", "<b>Second</b> line.", "Your help used: 12 of 60"):
        expect(page.get_by_text(text, exact=True)).to_be_visible()


@pytest.mark.parametrize(("size", "width"), [("strict", 300), ("responsive", 500)])
def test_the_game_is_as_large_as_it_asks_to_be(visitor: Visitor, game: GameServer, size: str, width: int) -> None:
    game.welcome = [{"gameWindowWidth": 300, "gameWindowHeight": 200, "gameWindowSize": size, "borderColor": "red"}]
    game.welcome += [{"frame": picture((1, 2, 3), (300, 200)), "frameId": 1}]
    visitor.come_to_game()
    expect(visitor.page.locator(".screen")).to_have_css("border-color", "rgb(255, 0, 0)")
    box = visitor.page.locator(".screen").bounding_box()
    assert box is not None
    assert box["width"] == 300 if size == "strict" else box["width"] >= width


def test_two_pictures(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.say({"imageL": picture((9, 9, 9)), "imageR": f"data:image/jpeg;base64,{picture((1, 1, 1))}"})
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
    assert len(game.heard) == 1


def test_debug_shows_the_messages(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game(debug="true")
    expect(visitor.page.get_by_text("game → ").first).to_be_visible()
    expect(visitor.page.get_by_text("… ").filter(has_text="characters").first).to_be_visible()


# --- the connection ---


def test_it_connects_again_when_the_connection_breaks(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.cut()
    expect(visitor.page.get_by_text(INTERRUPTED).first).to_be_visible()
    game.wait_for_connection(2)
    visitor.is_connected()
    visitor.page.keyboard.press("ArrowLeft")
    game.wait_for(lambda message: message["action"] == "left")


def test_it_connects_to_a_server_that_was_away_for_a_while(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.stop()
    expect(visitor.page.get_by_text("Connecting again …")).to_be_visible()
    expect(visitor.page.locator(".all-controls")).to_have_js_property("inert", True)
    game.start()
    visitor.is_connected()
    assert visitor.site.study.record("ada")["step"] == "3"


def test_a_server_that_is_started_again_is_waited_for(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.site.study.lose_server("ada")
    game.stop()
    visitor.sees("The game is being started again")
    game.start()
    visitor.site.study.make_ready("ada")
    visitor.look_again()
    visitor.is_connected()
    assert visitor.site.study.record("ada")["step"] == "3"


def test_a_closed_connection_does_not_end_the_game(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    for number, code in enumerate((1000, 1001, 1011), 2):
        game.close(code)
        game.wait_for_connection(number)
        visitor.is_connected()
    assert visitor.site.study.record("ada")["step"] == "3"


def test_a_server_that_closes_without_a_word_lets_the_participant_say_it(visitor: Visitor, game: GameServer) -> None:
    """Containers of some years close the connection in place of saying `done`."""
    visitor.come_to_game()
    game.close(1000)
    game.stop()
    visitor.page.get_by_role("button", name="I have finished the game").click()
    visitor.sees("Your thoughts")


@pytest.mark.parametrize("word", ["done", {"message": "done"}])
def test_done_leads_on_once(visitor: Visitor, game: GameServer, word: Any) -> None:
    visitor.come_to_game()
    before = len(visitor.site.asked)
    game.say(word)
    game.close()
    visitor.sees("Your thoughts")
    assert [(asked.method, asked.step, asked.body) for asked in visitor.site.asked[before:]] == [("POST", "3", {})]


def test_of_two_games_in_a_row_none_is_skipped(visitor: Visitor, game: GameServer) -> None:
    """The word that the first game is over is heard, and its answer is lost."""
    steps = {"1": "consent.html", "2": "game", "3": "game", "4": "survey.html", "finalStep": "thanks.html"}
    events = {"startServerStep": 2, "stopServerStep": 4}
    visitor.site.study.change(steps=steps, events=events, progress={"2": "The game", "3": "The second game"})
    visitor.come_to("2")
    game.wait_for_connection()
    visitor.site.troubles.append(Trouble(1, heard=True))
    game.say("done")
    expect(visitor.page.get_by_text("The second game")).to_be_visible()
    game.wait_for_connection(2)
    visitor.is_connected()
    game.say("done")
    visitor.sees("Your thoughts")


def test_a_game_that_is_over_is_not_played_again_after_a_reload(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.site.troubles.append(Trouble(1000))
    game.say("done")
    expect(visitor.page.get_by_text("The game is over. The connection to the study").first).to_be_visible()
    game.stop()
    visitor.page.reload()
    visitor.sees("The study cannot be reached")
    visitor.site.troubles.clear()
    visitor.page.get_by_role("button", name="Try now").click()
    visitor.sees("Your thoughts")


def test_a_game_that_is_over_is_left_though_its_server_was_thought_to_be_lost(visitor: Visitor, game: GameServer) -> None:
    """The study had forgotten that the game was shown; being told that it is over, it shows it once more."""
    visitor.come_to_game()
    study = visitor.site.study
    study.lose_server("ada")
    study.look("ada")
    study.make_ready("ada")
    game.say("done")
    visitor.sees("Your thoughts")
    assert [(asked.step, asked.body) for asked in visitor.site.posts()] == [("3", {}), ("3", {})]
    assert game.connections == 1


def test_keys_say_nothing_while_there_is_no_connection(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.stop()
    expect(visitor.page.get_by_text("Connecting again …")).to_be_visible()
    visitor.page.keyboard.press("ArrowLeft")
    game.start()
    visitor.is_connected()
    assert [message["action"] for message in game.heard] == ["start", "start"]


def test_the_network_goes_and_comes(context: BrowserContext, visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    context.set_offline(True)
    game.cut()
    expect(visitor.page.get_by_text("Connecting again …")).to_be_visible()
    context.set_offline(False)
    visitor.is_connected()


def test_the_server_of_the_link_is_taken(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.change(port=9)
    visitor.come_to_game(server=f"127.0.0.1:{game.port}")
    assert game.connections == 1


def test_the_server_of_the_settings_is_taken(visitor: Visitor, game: GameServer) -> None:
    visitor.site.settings["server"] = "ws://{userId}.localhost:{port}/{host}"
    visitor.come_to_game()
    assert game.connections == 1


ADDRESSES = [
    ("https:", "page.example", None, "wss://ada.example.net:5000"),
    ("http:", "page.example", None, "wss://ada.example.net:5000"),
    ("http:", "127.0.0.1", None, "ws://ada.example.net:5000"),
    ("http:", "localhost", None, "ws://ada.example.net:5000"),
    ("https:", "page.example", "10.0.0.1", "wss://10.0.0.1:5000"),
    ("https:", "page.example", "10.0.0.1:80", "wss://10.0.0.1:80"),
    ("http:", "localhost", "ws://x:1/{host}/{port}", "ws://x:1/ada.example.net/5000"),
    ("https:", "page.example", "https://x.example/", "wss://x.example/"),
]


def test_where_the_game_is(visitor: Visitor) -> None:
    visitor.come()
    script = """async rows => {
        const { gameAddress } = await import("/modules/game/protocol.js");
        const server = { host: "ada.example.net", port: 5000 };
        return rows.map(([protocol, hostname, instead]) => gameAddress(server, "ada", instead, { protocol, hostname }));
    }"""
    assert visitor.page.evaluate(script, ADDRESSES) == [address for *_, address in ADDRESSES]


def test_waiting_is_told_in_words_and_announced(visitor: Visitor) -> None:
    visitor.site.study.servers_are_quick = False
    visitor.come_to("3")
    page = visitor.page
    expect(page.get_by_text("This usually takes about a minute.")).to_be_visible()
    visitor.site.study.see("ada", Seen(dns_ip="127.0.0.1"))
    visitor.look_again()
    expect(page.get_by_text("The game is being connected.")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("About half a minute to go.")
    visitor.site.study.make_ready("ada")
    visitor.look_again()
    visitor.is_connected()


def test_the_line_moves_up_until_the_game_begins(visitor: Visitor) -> None:
    study = visitor.site.study
    study.servers_are_quick = False
    study.bring("ada", "2")
    study.put_in_line("ada", 1)
    visitor.come_to("3")
    page = visitor.page
    expect(page.get_by_text("1 person is before you.").first).to_be_visible()
    study.move_up("ada", gone=0)
    visitor.look_again()
    expect(page.get_by_text("You are next.").first).to_be_visible()
    study.move_up("ada", gone=1)
    visitor.look_again()
    visitor.sees("The game is being prepared")
    study.make_ready("ada")
    visitor.look_again()
    visitor.is_connected()
