"""Simulated participants go through a study in a preview, with a fake game; and what they report."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from hippo_cli.preview import server as preview_server
from hippo_cli.rehearsal import player, report, running
from hippo_cli.rehearsal.places import Place, of_link
from hippo_cli.rehearsal.player import GameError, Play
from hippo_cli.rehearsal.walk import Walk, walk
from hippo_common.errors import HippoError
from tests.unit.cli.game.studies import serve_command, with_game

CHANCE = random.Random(1)  # noqa: S311 - presses keys


@contextmanager
def preview(config: Path) -> Iterator[preview_server.Preview]:
    with preview_server.serve(config, command=serve_command) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def rehearsed(config: Path, number: int) -> list[Walk]:
    with preview(config) as server:
        place = Place(f"{server.address}next", server.stage.study.id)
        return running.rehearse(place, running.user_ids(number, "test"), at_once=number, game_seconds=60)


def test_participants_go_through_the_whole_study(tmp_path: Path) -> None:
    for walked in rehearsed(with_game(tmp_path), 2):
        assert walked.faults == []
        assert walked.steps == ["1", "2", "3", "finalStep"]
        assert walked.outcome == "finished"
        assert walked.answers == 2
        assert [(game.frames, game.done) for game in walked.games] == [(5, True)]


def test_participants_have_the_devices_that_the_study_requires(tmp_path: Path) -> None:
    config = with_game(tmp_path)
    config.write_text(config.read_text() + "  requires: {keyboard: true, minWidth: 1200, ping: 100}\n")
    [walked] = rehearsed(config, 1)
    assert (walked.faults, walked.outcome) == ([], "finished")
    assert walked.notes == ["step 1: the study requires keyboard, minWidth, ping; the participant has it"]


def test_a_game_that_does_not_run_is_a_fault_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walks = rehearsed(with_game(tmp_path, exit=1, says="ModuleNotFoundError: No module named 'torch'"), 1)
    [(fault, names)] = report.faults(walks)
    assert fault.startswith("step 2: ")
    assert "pip install torch" in fault
    report.show(walks)
    assert "1 did not reach the end" in capsys.readouterr().out
    assert report.as_json(walks)["faults"] == [{"fault": fault, "participants": names}]


def test_a_page_that_cannot_be_answered_is_a_fault(tmp_path: Path) -> None:
    config = with_game(tmp_path, {"1_consent.html": '<select name="a" required><option value="">-</option></select>'})
    [walked] = rehearsed(config, 1)
    assert walked.faults == ["step 1: the required field 'a' has nothing to choose"]


def test_the_link_of_a_page_leads_to_the_study(tmp_path: Path) -> None:
    with preview(with_game(tmp_path)) as server:
        link = f"{server.address}participant/?projectId=study_one-2&debug=1"
        assert of_link(link) == Place(f"{server.address}next", "study_one-2")
        with pytest.raises(HippoError, match="cannot be read"):
            of_link(f"{server.address}nothing/?projectId=a")


@pytest.mark.parametrize("link", ["https://study.example.net/", "ftp://a/?projectId=a", "https:///?projectId=a"])
def test_another_link_is_refused(link: str) -> None:
    with pytest.raises(HippoError, match="is not the link of a study"):
        of_link(link)


def test_a_game_is_reached_as_the_participants_page_reaches_it() -> None:
    server = {"host": "ada.example.net", "port": 5000}
    assert Place("", "s", is_local=False).game_address(server, "ada") == "wss://ada.example.net:5000"
    named = server | {"url": "wss://study.example.net/game/k.1.5000.x"}
    assert Place("", "s", is_local=False).game_address(named, "ada") == "wss://study.example.net/game/k.1.5000.x"
    assert Place("", "s").game_address(named, "ada") == "ws://study.example.net/game/k.1.5000.x"
    local = Place("", "s", "http://127.0.0.1:9000/{host}:{port}")
    assert local.game_address(server, "ada") == "ws://127.0.0.1:9000/ada.example.net:5000"


def test_ids_are_test_ids_and_different_each_time() -> None:
    assert running.user_ids(2, "k3x9") == ("test-rehearse-k3x9-01", "test-rehearse-k3x9-02")
    assert running.user_ids(1) != running.user_ids(1)


def test_a_study_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    walked = walk(Place("http://127.0.0.1:1/next", "s"), "ada", game_seconds=1)
    assert walked.outcome is None
    assert "was not answered" in walked.faults[0]


@contextmanager
def game(behave: Callable[[ServerConnection], None]) -> Iterator[str]:
    with serve(behave, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def played(behave: Callable[[ServerConnection], None], clock: Callable[[], float] = time.monotonic) -> Play:
    with game(behave) as address:
        return player.play(address, "ada", "s", seconds=60, chance=CHANCE, clock=clock)


def test_the_player_presses_the_games_own_keys_and_inputs() -> None:
    heard: list[dict[str, Any]] = []

    def behave(connection: ServerConnection) -> None:
        assert {"keys", "inputs", "binary"} <= set(json.loads(connection.recv())["speaks"])
        keys = [{"keys": ["x"], "action": "hit", "label": "Hit"}]
        inputs = [{"name": "judge", "kind": "scale", "least": -1, "most": 1, "step": 0.5}]
        connection.send(json.dumps({"UI": ["start", "stop"], "keys": keys, "inputs": inputs}))
        for number in range(60):
            connection.send(number.to_bytes(4, "big") + b"\xff\xd8")
        connection.send('{"message": "done"}')
        heard.extend(json.loads(message) for message in connection)

    found = played(behave)
    assert (found.frames, found.done, found.stopped) == (60, True, False)
    assert {"KEYDOWN": ["x", ord("x")]} in [message.get("KeyboardEvent") for message in heard]
    values = [message["value"] for message in heard if message.get("input") == "judge"]
    assert values
    assert set(values) <= {-1, -0.5, 0, 0.5, 1}


def test_a_game_that_goes_on_is_stopped_after_its_time() -> None:
    now = [0.0]

    def behave(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(json.dumps({"UI": ["start", "stop"], "frame": "AAAA", "frameId": 1}))
        while json.loads(connection.recv()).get("command") != "start":  # until the player knows the controls
            pass
        now[0] = 100.0
        connection.send(json.dumps({"frame": "AAAA", "frameId": 2}))
        for message in connection:
            if json.loads(message).get("command") == "stop":
                connection.send("done")
                return

    found = played(behave, clock=lambda: now[0])
    assert (found.done, found.stopped, found.frames) == (True, True, 2)


@pytest.mark.parametrize(
    ("behave", "fault"),
    [
        (lambda connection: connection.send("done"), "showed no picture"),
        (lambda connection: connection.close(1011), "code 1011"),
    ],
)
def test_a_game_that_goes_wrong_is_a_fault(behave: Callable[[ServerConnection], None], fault: str) -> None:
    with pytest.raises(GameError, match=fault):
        played(behave)


def test_a_game_that_cannot_be_reached_is_a_fault() -> None:
    with pytest.raises(GameError, match="cannot be reached"):
        player.play("ws://127.0.0.1:1", "ada", "s", seconds=1, chance=CHANCE)
