"""The path of the edge route, as the deployment signs it and the server checks it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from hippo_gym.sessions.edge import EdgeServer, path_of
from hippo_gym.sessions.edge_keys import EdgeKey
from hippo_play.connection import path
from tests.unit.play import certificates
from tests.unit.play.serving import NOON, Served, serving
from tests.unit.play.virtual_time import run

KEY = EdgeKey("k1", "K" * 43)
TOKEN = "the-session-s-own-token"
SERVER = EdgeServer("20261122-0f3c5d7e9a1b2c4d-1", 5000, NOON + timedelta(hours=1), TOKEN)
EDGE = {"HIPPO_GAME_ROUTE": "edge", "HIPPO_SESSION_TOKEN": TOKEN}


def signed(token: str = TOKEN, *, until: datetime = SERVER.until, label: str = SERVER.label) -> str:
    return path_of(EdgeServer(label, 5000, until, token), KEY, until)


def _at(served: Served, target: str) -> connect:
    return connect(f"ws://127.0.0.1:{served.server.port}{target}", proxy=None)


def test_the_path_that_next_step_names_is_admitted() -> None:
    assert path.fault(signed(), TOKEN, NOON) is None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (signed("the token of another session"), "proof"),
        (signed(until=NOON), "expired"),
        (signed(until=NOON - timedelta(days=1)), "expired"),
        (signed().replace("2c4d-1.", "2c4d-2."), "proof"),
        (signed().replace(".5000.", ".5001."), "proof"),
        ("/", "form"),
        ("/game/", "form"),
        (signed() + "/", "form"),
        (signed() + "?token=x", "form"),
        (signed().replace("2c4d-1", "2C4D-1"), "form"),
        (signed().replace("2c4d-1", "2c4d.x"), "form"),
    ],
)
def test_another_path_is_refused(given: str, reason: str) -> None:
    assert path.fault(given, TOKEN, NOON) == reason


def test_a_later_expiry_does_not_fit_the_proof() -> None:
    given = signed(until=NOON - timedelta(hours=1))
    later = given.replace(str(int((NOON - timedelta(hours=1)).timestamp())), str(int(SERVER.until.timestamp())))
    assert path.fault(later, TOKEN, NOON) == "proof"


def test_a_server_without_a_token_admits_nothing() -> None:
    assert path.fault(signed(), None, NOON) == "form"


def test_behind_the_edge_a_page_plays_by_its_path_and_by_no_other(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path, variables=EDGE) as served:
            for other in ("/", signed("another session"), signed(until=NOON - timedelta(hours=1))):
                with pytest.raises(InvalidStatus) as refused:
                    await connect(f"ws://127.0.0.1:{served.server.port}{other}", proxy=None)
                response = refused.value.response
                assert (response.status_code, path.REFUSED in response.headers) == (403, True)
            async with connect(f"ws://127.0.0.1:{served.server.port}{signed()}", proxy=None) as connection:
                await connection.send('{"action": "start", "userId": "U1", "projectId": "rail"}')
                assert "UI" in str(await connection.recv())

    run(test)


def test_a_question_whether_the_server_is_ready_begins_no_game(tmp_path: Path) -> None:
    async def ask(port: int, target: str) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {target} HTTP/1.1\r\nHost: study.example.net\r\n\r\n".encode())
        answer = (await reader.read()).decode()
        writer.close()
        return answer

    async def test() -> None:
        async with serving(tmp_path, variables=EDGE) as served:
            port = served.server.port
            assert port is not None
            answer = await ask(port, signed())
            assert answer.startswith("HTTP/1.1 426")
            assert path.REFUSED.lower() not in answer.lower()
            assert "X-Hippo-Refused: proof" in await ask(port, signed("another session"))

    run(test)


def test_behind_the_edge_the_port_speaks_no_tls(tmp_path: Path) -> None:
    made = certificates.make()
    variables = EDGE | {"SSL_FULLCHAIN_PEM": made.fullchain, "SSL_PRIVKEY_PEM": made.privkey}

    async def test() -> None:
        async with serving(tmp_path, variables=variables) as served, _at(served, signed()):
            assert served.server.settings.tls is None

    run(test)


def test_a_direct_server_admits_every_path(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving(tmp_path) as served, _at(served, "/any/path"):
            assert served.server.settings.at_edge is False

    run(test)
