"""The preview runs the game of config.yml, here with a fake in place of hippo_play."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from hippo_cli.preview import server as preview_server
from hippo_cli.preview.server import Preview
from hippo_cli.preview.watching import game_snapshot, snapshot
from hippo_cli.study import read
from tests.unit.cli.game.studies import serve_command, with_game
from tests.unit.cli.study.studies import PAGES, project, write

NEXT = "next?projectId=study_one-2&userId=Ada"
AT_GAME = f"{NEXT}&step=1"


@contextmanager
def serving(config: Path) -> Iterator[Preview]:
    with preview_server.serve(config, command=serve_command) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(preview: Preview, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(preview.address + path, data, timeout=300) as answer:  # noqa: S310
        return json.loads(answer.read())


def until(preview: Preview, holds: Callable[[], bool]) -> None:
    """Wait, with each piece of news, until something holds."""
    seen = preview.wait(None)
    while not holds():
        seen = preview.wait(seen)


def test_the_page_gets_the_address_of_the_participants_own_server(tmp_path: Path) -> None:
    with serving(with_game(tmp_path)) as preview:
        assert "server" not in ask(preview, "participant/settings.json")
        ask(preview, NEXT)
        shown = ask(preview, AT_GAME, {})
        with connect(f"ws://{shown['server']['host']}:{shown['server']['port']}", proxy=None) as game:
            game.send("{}")
            assert "UI" in json.loads(game.recv(timeout=300))
        assert ask(preview, "preview/log?userId=Ada")["log"][0] == "serves ada"


def test_a_saved_file_of_the_game_starts_it_again_and_a_page_does_not(tmp_path: Path) -> None:
    with serving(with_game(tmp_path)) as preview:
        ask(preview, NEXT)
        shown = ask(preview, AT_GAME, {})
        (tmp_path / "3_survey.html").write_text("<p>Other</p>")
        preview.reload()
        assert "— started again —" not in ask(preview, "preview/log?userId=ada")["log"]
        with_game(tmp_path, says="hello from the new game")
        preview.reload()
        until(preview, lambda: "hello from the new game" in ask(preview, "preview/log?userId=ada")["log"])
        assert ask(preview, f"{NEXT}&step=2")["server"] == shown["server"]


def test_a_game_that_does_not_run_is_shown_in_the_page_and_in_the_bar(tmp_path: Path) -> None:
    with serving(with_game(tmp_path, exit=1, says="ModuleNotFoundError: No module named 'torch'")) as preview:
        ask(preview, NEXT)
        shown = ask(preview, AT_GAME, {})
        assert "pip install torch" in shown["page"]
        assert shown["step"] == "2"
        assert ask(preview, "preview/log?userId=ada")["reason"]["what"] in shown["page"]


def test_the_bar_restarts_a_game(tmp_path: Path) -> None:
    with serving(with_game(tmp_path)) as preview:
        ask(preview, NEXT)
        ask(preview, AT_GAME, {})
        ask(preview, "preview/restart-game", {"userId": "Ada"})
        assert ask(preview, "preview/log?userId=ada")["log"].count("— started again —") == 1


def test_starting_over_and_leaving_the_game_end_its_server(tmp_path: Path) -> None:
    with serving(with_game(tmp_path)) as preview:
        ask(preview, NEXT)
        ask(preview, AT_GAME, {})
        ask(preview, f"{NEXT}&step=2", {})
        assert ask(preview, "preview/log?userId=ada")["state"] == "over"


def test_a_game_that_is_added_replaces_the_placeholder(tmp_path: Path) -> None:
    with serving(write(tmp_path, project())) as preview:
        assert "server" in ask(preview, "participant/settings.json")
        assert ask(preview, "preview/log") is None
        with_game(tmp_path)
        preview.reload()
        assert "server" not in ask(preview, "participant/settings.json")


@pytest.mark.parametrize("file", ["game.py", "levels/one.txt", "policy.onnx"])
def test_a_change_of_a_file_of_the_game_is_detected(tmp_path: Path, file: str) -> None:
    files = PAGES | {"game.py": "", "levels/one.txt": ""}
    study = read(write(tmp_path, project(game={"file": "game.py"}), files))
    known, game = snapshot(study), game_snapshot(study)
    (tmp_path / file).write_text("changed")
    assert snapshot(study) != known
    assert game_snapshot(study) != game
