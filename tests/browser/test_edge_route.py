"""The edge route in a browser: the page reaches its game through its own origin, by a signed path."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import expect

from hippo_gym.sessions.edge import Edge
from hippo_gym.sessions.edge_keys import EdgeKey
from local.edge.distribution import Distribution
from local.edge.function import EdgeFunction
from tests.browser.game_server import GameServer
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")

KEY: Final = EdgeKey("k1", "K" * 43)
FIRST, SECOND = "127.0.0.1", "127.0.0.2"


@pytest.fixture
def edge(visitor: Visitor) -> Iterator[Distribution]:
    """Put the study's sessions on the edge route; an attempt's server is at 127.0.0.{number}."""
    function = EdgeFunction("localhost")

    def address_of(name: str) -> str:
        return f"127.0.0.{name.removesuffix('.localhost').rpartition('-')[2]}"

    visitor.site.edge = Distribution(function, lambda: {KEY.id: KEY.secret}, address_of)
    visitor.site.study.edge = Edge(visitor.site.origin, lambda: KEY)
    visitor.site.study.token = "the-session-s-token"
    yield visitor.site.edge
    function.close()


def test_the_page_plays_through_its_own_origin(visitor: Visitor, game: GameServer, edge: Distribution) -> None:
    visitor.come_to_game()
    visitor.page.keyboard.press("ArrowLeft")
    game.wait_for(lambda message: message["action"] == "left")
    session = visitor.site.study.record("ada")["session"]["id"]
    assert f".{session}-1." in game.paths[-1]
    assert [status for _, status in edge.answered] == [101]


def test_a_link_names_no_other_server(visitor: Visitor, game: GameServer, edge: Distribution) -> None:
    visitor.come_to_game(server="127.0.0.1:9")
    assert edge.answered[-1][1] == 101


def test_the_page_reconnects_after_the_edge_has_cut_the_socket(
    visitor: Visitor, game: GameServer, edge: Distribution
) -> None:
    visitor.come_to_game()
    edge.cut()
    game.wait_for_connection(2)
    visitor.is_connected()
    assert game.paths[0] == game.paths[1], "a session has one path"


def test_a_server_in_the_place_of_a_lost_one_is_reached_although_the_edge_keeps_old_addresses(
    visitor: Visitor, game: GameServer, edge: Distribution
) -> None:
    edge.faults.keeps_addresses = 60.0
    visitor.come_to_game()
    visitor.site.study.lose_server("ada")
    game.stop()
    visitor.sees("The game stopped unexpectedly")
    second = GameServer(SECOND, game.port)
    second.start()
    try:
        visitor.site.study.make_ready("ada")
        visitor.look_again()
        second.wait_for_connection()
        visitor.is_connected()
    finally:
        second.stop()
    assert second.paths[-1] != game.paths[-1]


def test_the_page_connects_although_the_edge_keeps_an_error_for_ten_seconds(
    visitor: Visitor, game: GameServer, edge: Distribution
) -> None:
    edge.faults.keeps_errors = 10.0
    game.stop()
    visitor.come_to("3")
    expect(visitor.page.get_by_text("Connecting …")).to_be_visible()
    while not edge.answered:
        visitor.page.wait_for_timeout(50)
    game.start()
    visitor.is_connected()
    assert [status for _, status in edge.answered][:2] == [502, 502], "the error was repeated"
