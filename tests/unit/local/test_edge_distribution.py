"""The local cloud's page server on the edge route: a path goes through function and server, or is refused by either."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

import pytest
from websockets.exceptions import InvalidStatus
from websockets.http11 import Request, Response
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from hippo_gym.sessions.edge import EdgeServer, path_of
from hippo_gym.sessions.edge_keys import EdgeKey
from hippo_gym.sessions.probe import Asked, ask
from hippo_play.connection import path
from local import page_server
from local.edge.distribution import Distribution
from local.edge.function import EdgeFunction
from local.page_server import Deployment

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")

KEY: Final = EdgeKey("k1", "K" * 43)
TOKEN: Final = "the-session-s-token"
LABEL: Final = "20261122-0f3c5d7e9a1b2c4d-1"


@contextmanager
def game(token: str) -> Iterator[int]:
    """Run a server that checks its path as hippo_play does; yield its port."""

    def check(connection: ServerConnection, request: Request) -> Response | None:
        found = path.fault(request.path, token, datetime.now(UTC))
        if found is None:
            return None
        response = connection.respond(HTTPStatus.FORBIDDEN, "")
        response.headers[path.REFUSED] = found
        return response

    with serve(lambda each: each.send("hello"), "127.0.0.1", 0, process_request=check) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield int(server.socket.getsockname()[1])
        server.shutdown()
        thread.join()


@pytest.fixture
def page() -> Iterator[tuple[str, EdgeServer]]:
    """Serve a page whose distribution knows one server; yield the page's address, and the server."""
    function = EdgeFunction("example.net")
    addresses = {f"{LABEL}.example.net": "127.0.0.1"}
    edge = Distribution(function, lambda: {KEY.id: KEY.secret}, addresses.__getitem__)
    with (
        game(TOKEN) as port,
        page_server.serving(Deployment("http://127.0.0.1:1/next", addresses.__getitem__, edge=edge)) as served,
    ):
        assert "server" not in served.settings, "the page opens what /next names"
        yield served.url, EdgeServer(LABEL, port, datetime.now(UTC) + timedelta(hours=1), TOKEN)
    function.close()


def _path(server: EdgeServer, key: EdgeKey = KEY) -> str:
    return path_of(server, key, server.until)


def test_a_ready_server_is_asked_and_played_through_the_page_s_own_address(page: tuple[str, EdgeServer]) -> None:
    url, server = page
    assert ask(url + _path(server)) == Asked(426)
    with connect(url.replace("http", "ws") + _path(server), proxy=None) as connection:
        assert connection.recv() == "hello"


def test_a_name_without_a_server_is_an_error_of_the_edge(page: tuple[str, EdgeServer]) -> None:
    url, server = page
    assert ask(url + _path(replace(server, label=f"{LABEL[:-1]}2"))) == Asked(502)


def test_a_forged_path_is_refused_by_the_function(page: tuple[str, EdgeServer]) -> None:
    url, server = page
    assert ask(url + _path(server, EdgeKey("k1", "X" * 43))) == Asked(403, refused=True)


def test_another_session_s_path_is_refused_by_the_server(page: tuple[str, EdgeServer]) -> None:
    """Signed for another session whose name leads here; or brought by a distribution that checks nothing."""
    url, server = page
    other = replace(server, token="another session's token")
    assert ask(url + _path(other)) == Asked(403, refused=True)
    for each in (_path(other), "/", _path(replace(server, until=datetime.now(UTC)))):
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{server.port}{each}", proxy=None)
        assert refused.value.response.headers[path.REFUSED]
