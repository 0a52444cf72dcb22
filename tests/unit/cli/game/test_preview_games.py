"""The games of a preview: a child process for each participant, with a fake in place of hippo_play."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from hippo_cli.game.missing import Reason
from hippo_cli.game.preview_games import PreviewGames
from hippo_cli.game.python import Python
from tests.unit.cli.game.studies import serve_command, with_game

PYTHON = Python(Path(sys.executable))
SECONDS = 300.0


class Changes:
    """Waits for changes of the games."""

    def __init__(self) -> None:
        self._condition = threading.Condition()

    def note(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def until(self, holds: Callable[[], bool]) -> None:
        with self._condition:
            assert self._condition.wait_for(holds, SECONDS)


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def games(tmp_path: Path, changes: Changes) -> Iterator[PreviewGames]:
    made = PreviewGames(with_game(tmp_path), lambda: PYTHON, on_change=changes.note, command=serve_command)
    yield made
    made.close()


def address(games: PreviewGames, user: str = "ada") -> str:
    found = games.address(user, SECONDS)
    assert not isinstance(found, Reason), found
    return f"ws://{found[0]}:{found[1]}"


def play_to_the_end(games: PreviewGames) -> None:
    with connect(address(games), proxy=None) as game:
        while True:
            game.send("{}")
            if game.recv(timeout=SECONDS) == "done":
                return


def test_each_participant_has_a_server_of_their_own(games: PreviewGames) -> None:
    for user in ("ada", "bob"):
        games.start(user, {"HIPPO_USER_ID": user})
    assert address(games, "ada") != address(games, "bob")
    assert games.state("bob")["log"][0] == "serves bob"


def test_a_game_that_is_over_starts_again_at_the_same_address(games: PreviewGames, changes: Changes) -> None:
    games.start("ada", {})
    first = address(games)
    play_to_the_end(games)
    changes.until(lambda: games.state("ada")["state"] == "over")
    assert address(games) == first
    play_to_the_end(games)


def test_a_restart_keeps_the_address(games: PreviewGames) -> None:
    games.start("ada", {})
    first = address(games)
    games.restart()
    assert address(games) == first
    assert "— started again —" in games.state("ada")["log"]


def test_a_participant_who_has_finished_gets_no_new_server_when_a_file_is_saved(
    games: PreviewGames, changes: Changes
) -> None:
    games.start("ada", {})
    play_to_the_end(games)
    changes.until(lambda: games.state("ada")["state"] == "over")
    games.restart()
    assert games.state("ada")["state"] == "over"


def test_the_bar_gets_the_lines_that_it_has_not_yet(games: PreviewGames) -> None:
    games.start("ada", {})
    address(games)
    first = games.state("ada")
    assert len(first["log"]) == 2
    assert games.state("ada", first["last"])["log"] == []


def test_a_game_that_does_not_start_says_why(tmp_path: Path) -> None:
    config = with_game(tmp_path, exit=1, says="ModuleNotFoundError: No module named 'torch'")
    games = PreviewGames(config, lambda: PYTHON, command=serve_command)
    games.start("ada", {})
    reason = games.address("ada", SECONDS)
    assert isinstance(reason, Reason)
    assert "has no torch" in reason.what
    assert reason.fix == f"Install it: {PYTHON.install_line('torch')}"
    state = games.state("ada")
    assert (state["state"], state["reason"]["what"]) == ("failed", reason.what)
    games.close()


def test_a_failed_game_starts_again_when_its_file_is_saved(tmp_path: Path) -> None:
    games = PreviewGames(with_game(tmp_path, exit=1), lambda: PYTHON, command=serve_command)
    games.start("ada", {})
    assert isinstance(games.address("ada", SECONDS), Reason)
    with_game(tmp_path)
    games.restart()
    address(games)
    games.close()


def test_closing_ends_every_server(tmp_path: Path, games: PreviewGames) -> None:
    games.start("ada", {})
    address(games)
    games.close()
    assert games.state("ada")["state"] == "over"
    assert isinstance(games.address("ada"), Reason)
