"""The commands with the real hippo_play: from `hippo init` to a game that is played."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from hippo_cli.game.checking import check
from hippo_cli.game.python import Python
from hippo_cli.main import run
from hippo_cli.preview import server as preview_server
from hippo_cli.rehearsal.places import Place
from hippo_cli.rehearsal.walk import walk
from hippo_cli.study import read

PLAY = Path(__file__).parents[4] / "play"
_RUN = f"import runpy, sys; sys.path.insert(0, {str(PLAY)!r}); runpy.run_module('hippo_play', run_name='__main__')"


def hippo_play(config: Path, *arguments: str) -> list[str]:
    """Return the command that runs the repository's hippo_play, installed or not."""
    return [sys.executable, "-c", _RUN, str(config), *arguments]


def serve_command(config: Path, port: int) -> list[str]:
    return hippo_play(config, "--port", str(port), "--host", "127.0.0.1")


def test_a_new_study_is_played_to_its_end_without_a_change(tmp_path: Path) -> None:
    assert run(["init", str(tmp_path / "cart"), "--env", "CartPole-v1"]) == 0
    with preview_server.serve(tmp_path / "cart", command=serve_command) as preview:
        thread = threading.Thread(target=preview.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        walked = walk(Place(f"{preview.address}next", "cart"), "test-1", game_seconds=60)
        preview.stage.start_over("test-1")
        again = walk(Place(f"{preview.address}next", "cart"), "test-1", game_seconds=60)
        preview.shutdown()
        thread.join()
    assert walked.faults == []
    assert (walked.outcome, walked.games[0].done, walked.games[0].stopped) == ("finished", True, False)
    assert walked.games[0].presses > 0
    assert (again.faults, again.games[0].done) == ([], True)
    assert again.games[0].frames > 10  # a new game, not the end of the first
    assert list((tmp_path / "cart" / ".hippo" / "trials").rglob("*.jsonl"))


def test_the_code_that_init_writes_passes_the_check(tmp_path: Path) -> None:
    run(["init", str(tmp_path / "lake"), "--env", "FrozenLake-v1", "--code"])
    python = Python(Path(sys.executable))
    checked = check(read(tmp_path / "lake"), python, lambda config: hippo_play(config, "--check", "--json"))
    assert checked.study.findings == ()
    assert checked.facts["environment"] == "FrozenLake-v1"
