"""terraform's output goes to a file and to the terminal, and no fault of this command ends terraform."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hippo_deploy.following import follow, without_outputs

APPLIED = """\
aws_sns_topic.t: Creating...
aws_sns_topic.t: Creation complete after 0s

Apply complete! Resources: 1 added, 0 changed, 0 destroyed.

Outputs:

api_url = "https://example.net"
name_servers = [
  "ns-1.example.net",
]
"""


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


def test_each_line_is_shown_and_stored_and_errors_are_returned(tmp_path: Path) -> None:
    shown: list[str] = []
    code = "import sys; print('one'); print('two', end=''); sys.stderr.write('wrong'); sys.exit(3)"
    ended = follow(python(code), os.environ, tmp_path / "apply.log", shown.append, 0.01)
    assert (ended.code, ended.errors, ended.interrupted) == (3, "wrong", False)
    assert shown == ["one", "two"]
    assert (tmp_path / "apply.log").read_text() == "one\ntwo"
    assert (tmp_path / "apply.log").stat().st_mode & 0o777 == 0o600


def test_the_outputs_at_the_end_of_an_apply_are_not_shown() -> None:
    shown: list[str] = []
    receive = without_outputs(shown.append)
    for line in APPLIED.splitlines():
        receive(line)
    assert shown[-2:] == ["Apply complete! Resources: 1 added, 0 changed, 0 destroyed.", ""]
    assert not any("api_url" in line or "Outputs" in line for line in shown)


def test_a_line_that_says_outputs_before_the_end_is_shown() -> None:
    shown: list[str] = []
    receive = without_outputs(shown.append)
    for line in ("Outputs:", "x: Creating..."):
        receive(line)
    assert shown == ["Outputs:", "x: Creating..."]


FOLLOWER = """
import os, signal, sys
from pathlib import Path
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup make test` ignores it, and children inherit that
from hippo_deploy.following import follow
ended = follow(sys.argv[2:], os.environ, Path(sys.argv[1]), print, 0.01)
print(ended)
"""
PROGRAM = """
import signal, sys
begun, go_on, done = sys.argv[1:]
signal.signal(signal.SIGINT, lambda *_: sys.exit(7))
print("begun", flush=True)
open(begun, "w").close()
open(go_on).close()
print("finished", flush=True)
open(done, "w").close()
"""


@pytest.fixture
def pipes(tmp_path: Path) -> list[Path]:
    """Named pipes, with which test and program wait for each other."""
    made = [tmp_path / name for name in ("begun", "go_on", "done")]
    for pipe in made:
        os.mkfifo(pipe)
    return made


def follower(tmp_path: Path, pipes: list[Path]) -> subprocess.Popen[str]:
    command = python(FOLLOWER, tmp_path / "apply.log", *python(PROGRAM, *pipes))
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True, encoding="utf-8"
    )


def test_terraform_finishes_when_this_command_is_killed(tmp_path: Path, pipes: list[Path]) -> None:
    command = follower(tmp_path, pipes)
    pipes[0].open().close()
    command.kill()
    command.communicate()
    pipes[1].open("w").close()
    pipes[2].open().close()
    assert (tmp_path / "apply.log").read_text() == "begun\nfinished\n"


def test_terraform_finishes_when_the_terminal_closes(tmp_path: Path, pipes: list[Path]) -> None:
    command = follower(tmp_path, pipes)
    pipes[0].open().close()
    os.killpg(command.pid, signal.SIGHUP)
    command.communicate()
    pipes[1].open("w").close()
    pipes[2].open().close()
    assert (tmp_path / "apply.log").read_text() == "begun\nfinished\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_after_ctrl_c_this_command_waits_until_terraform_has_ended(
    tmp_path: Path, pipes: list[Path], number: signal.Signals
) -> None:
    command = follower(tmp_path, pipes)
    pipes[0].open().close()
    os.killpg(command.pid, number)
    said, _ = command.communicate()
    assert command.returncode == 0
    assert "Ended(code=7, errors='', interrupted=True)" in said
