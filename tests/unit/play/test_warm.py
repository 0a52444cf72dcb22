"""A warm server: it has no participant, asks for one when a page connects, and serves that one only."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from hippo_play.settings import Settings, SettingsError, conditions
from tests.unit.play.serving import NEW_HELLO
from tests.unit.play.test_process import program

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGTERM is a POSIX signal")

OWN = {
    "HIPPO_USER_ID": "hippo-warm-1",
    "HIPPO_SESSION_ID": "warm",
    "HIPPO_WARM": "1",
    "HIPPO_UPLOAD_TOKEN": "warm token",
}
HERS = {
    "HIPPO_PROJECT_ID": "rail",
    "HIPPO_USER_ID": "u1",
    "HIPPO_SESSION_ID": "session",
    "HIPPO_SESSION_TOKEN": "her token",
    "HIPPO_CONDITIONS": '{"partner": "expert"}',
}


class Gym:
    """HIPPO Gym's POST /trials, on this machine."""

    def __init__(self) -> None:
        self.participant: dict[str, str] | None = None
        self.asked: list[dict[str, Any]] = []

    @contextmanager
    def listening(self) -> Iterator[str]:
        gym = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if body.get("asks") != "participant":
                    self.send_error(403)  # no upload tickets here
                    return
                gym.asked.append(body)
                content = json.dumps({"participant": gym.participant}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Write no log."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/trials"
        finally:
            server.shutdown()
            server.server_close()


@contextmanager
def warm(folder: Path, gym: Gym) -> Iterator[str]:
    with gym.listening() as url, program(folder, **OWN, HIPPO_UPLOAD_URL=url) as (_, address):
        yield f"ws://{address}"


def first_answer(address: str, **more: str) -> dict[str, Any]:
    with connect(address, proxy=None, open_timeout=300) as page:
        page.send(json.dumps({**NEW_HELLO, **more}))
        return dict(json.loads(page.recv(timeout=300)))


def test_a_page_that_connects_gets_the_game_of_its_participant(tmp_path: Path) -> None:
    gym = Gym()
    gym.participant = HERS
    with warm(tmp_path, gym) as address:
        assert "UI" in first_answer(address, token="her token")
        assert "UI" in first_answer(address, token="her token"), "a later connection, too"
    (asked,) = gym.asked
    assert asked == {
        "projectId": "rail",
        "userId": "hippo-warm-1",
        "sessionId": "warm",
        "token": "warm token",
        "asks": "participant",
    }


def test_its_record_is_the_participant_s(tmp_path: Path) -> None:
    gym = Gym()
    gym.participant = HERS
    with warm(tmp_path, gym) as address:
        first_answer(address, token="her token")
    (started,) = [
        event
        for path in (tmp_path / "trials").rglob("*.jsonl")
        for event in map(json.loads, path.read_text().splitlines())
        if event["event"] == "server_started"
    ] or [None]
    kept = [str(path.relative_to(tmp_path / "trials")) for path in (tmp_path / "trials").rglob("*") if path.is_file()]
    assert all(name.startswith("rail/Trials/u1/session") for name in kept), kept
    assert started is None or started["conditions"] == {"partner": "expert"}


def test_another_participant_s_page_is_refused(tmp_path: Path) -> None:
    gym = Gym()
    gym.participant = HERS
    with warm(tmp_path, gym) as address, connect(address, proxy=None, open_timeout=300) as page:
        page.send(json.dumps({**NEW_HELLO, "userId": "eve"}))
        assert "UI" not in json.loads(page.recv(timeout=300))
        with pytest.raises(ConnectionClosed):
            page.recv(timeout=300)


def test_nobody_gets_in_before_it_has_a_participant(tmp_path: Path) -> None:
    gym = Gym()
    with warm(tmp_path, gym) as address:
        with pytest.raises(InvalidStatus, match="503"), connect(address, proxy=None, open_timeout=300):
            pass
        for _ in range(20):  # anyone may connect; that does not ask each time
            with pytest.raises(InvalidStatus, match="503"), connect(address, proxy=None, open_timeout=300):
                pass
        asked = len(gym.asked)
        gym.participant = HERS
        while True:
            try:
                assert "UI" in first_answer(address, token="her token")
                break
            except InvalidStatus:
                continue
    assert asked < 20


def test_a_check_of_the_port_asks_nothing(tmp_path: Path) -> None:
    gym = Gym()
    with warm(tmp_path, gym) as address:
        host, _, port = address.removeprefix("ws://").partition(":")
        socket.create_connection((host, int(port))).close()
        gym.participant = HERS
        assert "UI" in first_answer(address, token="her token")
    assert len(gym.asked) == 1


def test_a_server_that_could_not_ask_does_not_start() -> None:
    with pytest.raises(SettingsError, match="HIPPO_UPLOAD_URL"):
        Settings.from_environment(OWN)


def test_a_game_that_needs_its_participant_too_early_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPPO_WARM", "1")
    with pytest.raises(SettingsError, match="before the server had a participant"):
        conditions()
    monkeypatch.setenv("HIPPO_WARM", "")
    assert conditions() == {}
