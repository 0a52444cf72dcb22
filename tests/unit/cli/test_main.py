"""The program `hippo`: its help, its messages and its exit status."""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from hippo_cli import __version__, main
from hippo_common import aws_errors, console
from hippo_common.errors import HippoError

ROOT = Path(__file__).parents[3]
SECONDS_TO_HELP = 0.3


def hippo(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a separate process, as its user does."""
    path = os.pathsep.join([str(ROOT / "cli"), str(ROOT / "handlers")])
    command = [sys.executable, "-m", "hippo_cli.main", *arguments]
    variables = os.environ | {"PYTHONPATH": path} | environment
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=300)


def test_help_is_fast() -> None:
    """Measured in CPU seconds, which do not depend on the machine's load."""
    hippo("--help")  # the first run compiles
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert hippo("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(spent) < SECONDS_TO_HELP


def test_help_imports_no_slow_module() -> None:
    look = "import sys; from hippo_cli.main import run; run(['--help']); print([*sys.modules], file=sys.stderr)"
    variables = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "cli"), str(ROOT / "handlers")])}
    loaded = subprocess.run(
        [sys.executable, "-c", look], env=variables, capture_output=True, text=True, check=True
    ).stderr
    for module in ("boto3", "botocore", "jsonschema", "rich", "yaml", "matplotlib", "jinja2", "hippo_gym"):
        assert f"'{module}'" not in loaded


def test_help_lists_every_command_with_a_summary() -> None:
    shown = hippo("--help").stdout
    for names in main.COMMANDS.values():
        for name in names:
            line = next(line for line in shown.splitlines() if line.strip().startswith(f"{name} "))
            assert len(line.split(maxsplit=1)[1]) > 10
            assert not line.endswith("..."), f"the first sentence of the help of {name} is too long for one line"


@pytest.mark.parametrize("name", [name for names in main.COMMANDS.values() for name in names])
def test_every_command_has_help_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([name, "--help"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert any(line.startswith(f"hippo {name}") for line in lines)
    assert r"\b" not in "".join(lines)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands(shell: str) -> None:
    words = {"COMP_WORDS": "hippo val", "COMP_CWORD": "1"}  # bash; the others, and fish:
    words |= {"_TYPER_COMPLETE_ARGS": "hippo val", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    assert "validate" in hippo(_HIPPO_COMPLETE=f"complete_{shell}", **words).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_shown(shell: str) -> None:
    shown = hippo("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert f"_HIPPO_COMPLETE=complete_{shell}" in shown.stdout


@pytest.mark.parametrize("arguments", [["valdate"], ["validate", "--no-such-option"], ["validate", "a", "b"]])
def test_wrong_use_ends_with_2_and_a_hint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(arguments) == 2
    assert "Try 'hippo" in capsys.readouterr().err


def test_a_misspelt_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    main.run(["valdate"])
    assert "validate" in capsys.readouterr().err


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["--version"]) == 0
    assert capsys.readouterr().out == f"hippo {__version__}\n"


def test_an_error_is_shown_with_its_fix_and_sets_the_exit_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "app", _raising(HippoError("It is broken.", "Fix it.", exit_status=5)))
    assert main.run([]) == 5
    assert capsys.readouterr().err == "Error: It is broken.\nTo do: Fix it.\n"


def test_an_interrupted_command_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "app", _raising(KeyboardInterrupt()))
    assert main.run([]) == 130


def test_an_unexpected_exception_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "app", _raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main.run([])


def test_an_error_of_hippo_gym_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from hippo_gym.runtime.errors import Transient

    monkeypatch.setattr(main, "app", _raising(Transient("try again")))
    assert main.run([]) == 1
    assert "try again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ExpiredToken", "expired"),
        ("InvalidClientTokenId", "does not accept your credentials"),
        ("AccessDenied", "does not allow you"),
        ("SlowDown", "throttles this call"),
        ("NoSuchBucket", "NoSuchBucket"),
    ],
)
def test_an_aws_error_is_shown_as_a_message(
    code: str, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from botocore.exceptions import ClientError

    error = ClientError({"Error": {"Code": code, "Message": "no"}}, "GetObject")
    monkeypatch.setattr(main, "app", _raising(error))
    assert main.run([]) == 1
    assert text in capsys.readouterr().err


def test_connection_errors_have_a_fix() -> None:
    from botocore.exceptions import EndpointConnectionError, NoCredentialsError, NoRegionError

    assert "aws sso login" in (aws_errors.to_hippo_error(NoCredentialsError()).fix or "")
    assert "AWS_REGION" in (aws_errors.to_hippo_error(NoRegionError()).fix or "")
    assert "network" in (aws_errors.to_hippo_error(EndpointConnectionError(endpoint_url="https://x.example")).fix or "")


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "coloured"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_colours_are_written_only_to_terminals_that_allow_them(
    stream: io.StringIO, environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b" in console.paint("text", "bad", stream)) is coloured


def test_a_table_on_a_pipe_is_not_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    console.table(["Study", "Count"], [["x" * 300, ("5", "good")]], right=["Count"])
    assert "x" * 300 in capsys.readouterr().out


def test_a_question_without_a_terminal_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert console.confirm("Do it?", yes=True)
    with pytest.raises(HippoError, match="not a terminal"):
        console.confirm("Do it?", yes=False)


def test_progress_writes_nothing_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress("Reading", 3) as advance:
        advance(3)
    assert capsys.readouterr() == ("", "")


def _raising(error: BaseException) -> object:
    def raise_it(**_: object) -> None:
        raise error

    return raise_it
