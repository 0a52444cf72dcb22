"""The connection to the game: reconnecting, and the end of a game."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.browser import game_server
from tests.browser.browsers import EVERY_BROWSER
from tests.browser.expecting import expect
from tests.browser.game_server import HANG_SECONDS, GameServer, picture
from tests.browser.visitors import Visitor
from tests.browser.website import Trouble

INTERRUPTED = "The connection to the game is interrupted."


@EVERY_BROWSER
def test_the_page_reconnects_when_the_connection_breaks(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.cut()
    expect(visitor.page.get_by_text(INTERRUPTED).first).to_be_visible()
    game.wait_for_connection(2)
    visitor.is_connected()
    visitor.page.keyboard.press("ArrowLeft")
    game.wait_for(lambda message: message["action"] == "left")


@EVERY_BROWSER
def test_the_page_reconnects_to_a_server_that_was_down_for_a_while(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.stop()
    expect(visitor.page.get_by_text("Reconnecting …")).to_be_visible()
    expect(visitor.page.locator(".all-controls")).to_have_js_property("inert", True)
    game.start()
    visitor.is_connected()
    assert visitor.site.study.record("ada")["step"] == "3"


@EVERY_BROWSER
def test_the_page_waits_for_a_server_that_restarts(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.site.study.lose_server("ada")
    game.stop()
    visitor.sees("The game stopped unexpectedly")
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


def test_after_a_clean_close_without_done_the_participant_can_end_the_game(visitor: Visitor, game: GameServer) -> None:
    """Some old containers close the connection instead of sending `done`."""
    visitor.come_to_game()
    game.close(1000)
    game.stop()
    visitor.page.wait_for_timeout(2000)  # failed tries keep the button
    visitor.page.get_by_role("button", name="I have finished the game").click()
    visitor.sees("Your thoughts")


@EVERY_BROWSER
@pytest.mark.parametrize("word", ["done", {"message": "done"}])
def test_done_completes_the_game_once(visitor: Visitor, game: GameServer, word: Any) -> None:
    visitor.come_to_game()
    before = len(visitor.site.asked)
    game.send(word)
    game.close()
    visitor.sees("Your thoughts")
    assert [(asked.method, asked.step, asked.body) for asked in visitor.site.asked[before:]] == [("POST", "3", {})]


def test_neither_of_two_consecutive_games_is_skipped(visitor: Visitor, game: GameServer) -> None:
    """The POST that completes the first game is processed, and its answer is lost."""
    steps = {"1": "consent.html", "2": "game", "3": "game", "4": "survey.html", "finalStep": "thanks.html"}
    events = {"startServerStep": 2, "stopServerStep": 4}
    visitor.site.study.change(steps=steps, events=events, progress={"2": "The game", "3": "The second game"})
    visitor.come_to("2")
    game.wait_for_connection()
    visitor.site.troubles.append(Trouble(1, processed=True))
    game.send("done")
    expect(visitor.page.get_by_text("The second game")).to_be_visible()
    game.wait_for_connection(2)
    visitor.is_connected()
    game.send("done")
    visitor.sees("Your thoughts")


@EVERY_BROWSER
def test_a_game_that_is_over_is_not_played_again_after_a_reload(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.site.troubles.append(Trouble(1000))
    game.send("done")
    expect(visitor.page.get_by_text("The game is over. The connection").first).to_be_visible()
    game.stop()
    visitor.page.reload()
    visitor.sees("The study cannot be reached")
    visitor.site.troubles.clear()
    visitor.page.get_by_role("button", name="Try now").click()
    visitor.sees("Your thoughts")


def test_a_finished_game_is_completed_although_its_server_seemed_lost(visitor: Visitor, game: GameServer) -> None:
    """The study has no record that the game was shown, and answers the POST with it again."""
    visitor.come_to_game()
    study = visitor.site.study
    study.lose_server("ada")
    study.look("ada")
    study.make_ready("ada")
    game.send("done")
    visitor.sees("Your thoughts")
    assert [(asked.step, asked.body) for asked in visitor.site.posts()] == [("3", {}), ("3", {})]
    assert game.connections == 1


def test_a_finished_game_stays_stored_whatever_next_answers_meanwhile(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    visitor.site.scripted = [{"page": "<h1>Broken</h1>", "css": None, "notice": "studyBroken"}]
    game.send("done")
    visitor.sees("Broken")
    visitor.site.scripted = []
    visitor.page.get_by_role("button", name="Try again").click()
    visitor.sees("Your thoughts")
    assert game.connections == 1


# --- connections that die without a close ---


def _stream(visitor: Visitor, game: GameServer) -> None:
    """Stream pictures, then stop."""
    game.stream()
    expect(visitor.page.locator("dd")).to_have_text("8")
    game.send({"display": {"Picture": "none"}})
    expect(visitor.page.locator("dd")).to_have_text("none")


def _press(visitor: Visitor, game: GameServer) -> None:
    before = len(game.received)
    visitor.page.keyboard.press("ArrowLeft")
    deadline = time.monotonic() + HANG_SECONDS
    while len(game.received) < before + 2:
        assert time.monotonic() < deadline, "the server received no key"
        visitor.page.wait_for_timeout(20)


@pytest.fixture
def player(visitor: Visitor, game: GameServer) -> Visitor:
    """A participant in a game; the test controls the tab's clock."""
    game.welcome = [{"UI": ["left", "right", "good", "pause", "reset"]}, {"frame": picture((9, 9, 9)), "frameId": 1}]
    visitor.page.clock.install()
    visitor.come_to_game()
    return visitor


def test_a_connection_that_died_without_a_close_is_replaced(player: Visitor, game: GameServer) -> None:
    _stream(player, game)
    _press(player, game)
    # Pictures follow each reconnect within the page's 3 s for proof, also on a slow machine.
    game.welcome += [{"frame": picture((9, 9, 9)), "frameId": 2}] * 5
    player.page.clock.fast_forward(11_000)
    expect(player.page.get_by_text(INTERRUPTED).first).to_be_visible()
    game.wait_for_connection(2)
    player.is_connected()
    for number in range(3, 5):  # each time it happens, if the game continued after the reconnect
        _stream(player, game)
        player.page.clock.fast_forward(4_000)
        game.stream(1)
        expect(player.page.locator("dd")).to_have_text("1")  # before the press
        _press(player, game)
        player.page.clock.fast_forward(11_000)
        game.wait_for_connection(number)
        player.is_connected()


def _is_left_alone(player: Visitor, game: GameServer) -> None:
    before = game.connections
    for _ in range(3):
        player.page.clock.fast_forward(11_000)
        player.page.wait_for_timeout(300)
    assert game.connections == before
    player.is_connected()


def test_a_participant_who_only_watches_is_not_reconnected(player: Visitor, game: GameServer) -> None:
    _stream(player, game)
    _is_left_alone(player, game)


@pytest.mark.parametrize("command", ["Pause", "Reset"])
def test_a_paused_game_is_not_reconnected(player: Visitor, game: GameServer, command: str) -> None:
    _stream(player, game)
    _press(player, game)
    player.page.get_by_role("button", name=command).click()
    game.wait_for(lambda message: message.get("command") == command.lower())
    _press(player, game)
    _is_left_alone(player, game)


def test_a_game_that_waits_for_moves_is_not_reconnected(player: Visitor, game: GameServer) -> None:
    for number in range(8):
        _press(player, game)
        game.send({"frame": picture((9, 9, 9)), "frameId": number, "display": {"Move": f"move {number}"}})
        expect(player.page.locator("dd")).to_have_text(f"move {number}")
    _press(player, game)
    _is_left_alone(player, game)


def test_a_silence_that_survives_a_reconnect_is_never_acted_on_again(player: Visitor, game: GameServer) -> None:
    """Between two rounds the server is silent: the page reconnects once, and never again."""
    _stream(player, game)
    _press(player, game)
    player.page.clock.fast_forward(11_000)
    game.wait_for_connection(2)
    player.is_connected()
    player.page.clock.fast_forward(4_000)
    _stream(player, game)
    _press(player, game)
    _is_left_alone(player, game)


@EVERY_BROWSER
def test_keys_send_nothing_without_a_connection(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.stop()
    expect(visitor.page.get_by_text("Reconnecting …")).to_be_visible()
    visitor.page.keyboard.press("ArrowLeft")
    game.start()
    game.wait_for_connection(2)
    visitor.is_connected()
    assert [message["action"] for message in game.received] == ["start", "start"]


def test_the_game_reconnects_when_the_network_is_back(
    context: BrowserContext, visitor: Visitor, game: GameServer
) -> None:
    visitor.come_to_game()
    context.set_offline(True)
    game.cut()
    expect(visitor.page.get_by_text("Reconnecting …")).to_be_visible()
    context.set_offline(False)
    visitor.is_connected()


def test_the_links_server_is_used(visitor: Visitor, game: GameServer) -> None:
    visitor.site.study.change(port=9)
    visitor.come_to_game(server=f"127.0.0.1:{game.port}")
    assert game.connections == 1


def test_the_settings_server_is_used(visitor: Visitor, game: GameServer) -> None:
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


def test_the_games_address(visitor: Visitor) -> None:
    visitor.come()
    script = """async rows => {
        const { gameAddress } = await import("/modules/game/protocol.js");
        const server = { host: "ada.example.net", port: 5000 };
        return rows.map(([protocol, hostname, instead]) => gameAddress(server, "ada", instead, { protocol, hostname }));
    }"""
    assert visitor.page.evaluate(script, ADDRESSES) == [address for *_, address in ADDRESSES]


NAMED = [
    ("https:", "page.example", None, "wss://page.example/game/k.1.5000.x"),
    ("http:", "127.0.0.1", None, "ws://page.example/game/k.1.5000.x"),
    ("https:", "page.example", "10.0.0.1:80", "wss://10.0.0.1:80"),
]


def test_the_page_opens_the_url_that_the_answer_names(visitor: Visitor) -> None:
    visitor.come()
    script = """async rows => {
        const { gameAddress } = await import("/modules/game/protocol.js");
        const server = { host: "x.example.net", port: 5000, url: "wss://page.example/game/k.1.5000.x" };
        return rows.map(([protocol, hostname, instead]) => gameAddress(server, "ada", instead, { protocol, hostname }));
    }"""
    assert visitor.page.evaluate(script, NAMED) == [address for *_, address in NAMED]


def test_the_page_moves_to_another_url_of_the_same_server(visitor: Visitor, game: GameServer) -> None:
    """After a lost task the name is another one: the page asks for it, and opens it."""
    visitor.come_to_game()
    visitor.site.scripted = [_answer(game, path="/game/second")]
    game.cut()
    game.wait_for_connection(2)
    visitor.is_connected()
    assert game.paths[-1] == "/game/second"


def test_the_page_offers_the_sub_protocols_that_the_answer_names(visitor: Visitor, game: GameServer) -> None:
    visitor.site.scripted = [_answer(game, path="/", protocols=["hippo.test"])]
    visitor.come()
    game.wait_for(lambda message: message["action"] == "start")
    assert game.offered[-1] == "hippo.test"


def test_a_page_that_cannot_connect_tells_the_participant_and_next(visitor: Visitor, game: GameServer) -> None:
    game.stop()
    visitor.come_to("3")
    expect(visitor.page.get_by_text(f"port {game.port}").first).to_be_visible()
    expect(visitor.page.get_by_text("The game cannot be reached from here.").first).to_be_visible()
    while not any(asked.query.get("unreachable") for asked in visitor.site.asked):
        visitor.page.wait_for_timeout(50)
    record = visitor.site.study.record("ada")
    assert record["servers"]["unreachable"] == record["session"]["id"]
    game.start()
    visitor.is_connected()


def test_the_notice_of_a_blocked_port_names_the_port_of_the_server_in_use(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    with game_server.running() as second:
        port = second.port
    server = {"host": "none.localhost", "port": 1, "url": f"wss://ada.localhost:{port}/"}
    visitor.site.scripted = [{"page": "show_game_page", "css": None, "step": "3", "server": server}]
    game.cut()
    expect(visitor.page.get_by_text(f"port {port}").first).to_be_visible()
    expect(visitor.page.get_by_text(f"port {game.port}")).to_have_count(0)


def test_an_interrupted_game_is_not_reported_as_unreachable(visitor: Visitor, game: GameServer) -> None:
    visitor.come_to_game()
    game.stop()
    expect(visitor.page.get_by_text(INTERRUPTED).first).to_be_visible()
    visitor.page.wait_for_timeout(3000)
    game.start()
    visitor.is_connected()
    assert not any(asked.query.get("unreachable") for asked in visitor.site.asked)


def _answer(game: GameServer, *, path: str, protocols: list[str] | None = None) -> dict[str, Any]:
    server = {"host": "none.localhost", "port": 1, "url": f"wss://ada.localhost:{game.port}{path}"}
    return {"page": "show_game_page", "css": None, "step": "3", "server": server | {"protocols": protocols or []}}
