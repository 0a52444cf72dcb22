"""`hippo init` writes a study that can be submitted, and overwrites nothing."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from hippo_cli.main import run
from hippo_cli.new_study import asking
from hippo_cli.study import read

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A terminal on which a person types; question → answer."""
    answers: dict[str, str] = {}

    def ask(question: str, usual: str) -> str:
        return next((answer for start, answer in answers.items() if question.startswith(start)), usual)

    monkeypatch.setattr(asking, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    monkeypatch.setattr(asking, "console", SimpleNamespace(ask=ask, confirm=lambda *_, **__: True))
    return answers


@pytest.mark.parametrize("code", [(), ("--code",)])
def test_the_study_can_be_submitted_as_it_is(tmp_path: Path, code: tuple[str, ...]) -> None:
    folder = tmp_path / "my study"
    options = ("--name", "Balance: a <study>", "--researcher", "Ada 'A.' Name")
    assert run(["init", str(folder), "--env", "CartPole-v1", *options, *code]) == 0
    study = read(folder)
    assert study.findings == ()
    assert (study.id, study.entry["name"], study.entry["researcher"]) == (
        "my_study",
        "Balance: a <study>",
        "Ada 'A.' Name",
    )
    assert study.game == ({"file": "game.py"} if code else {"env": "CartPole-v1", "episodes": 3})
    assert "game" not in study.entry
    assert study.entry["port"] == 443
    assert "Balance: a &lt;study&gt;" in study.pages["1_consent.html"].decode()


def test_the_code_names_the_environment(tmp_path: Path) -> None:
    run(["init", str(tmp_path / "s"), "--env", 'Odd"-v0', "--code"])
    tree = ast.parse((tmp_path / "s" / "game.py").read_text())
    assert [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value == 'Odd"-v0']
    assert (tmp_path / "s" / "requirements.txt").is_file()


def test_it_says_what_to_do_next(tmp_path: Path, capsys: Capture) -> None:
    run(["init", str(tmp_path / "s"), "--env", "CartPole-v1"])
    shown = capsys.readouterr().out
    assert f"cd {tmp_path / 's'}" in shown
    assert "hippo preview" in shown


def test_nothing_is_overwritten(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "config.yml").write_text("mine")
    assert run(["init", str(tmp_path), "--env", "CartPole-v1"]) == 1
    assert "config.yml already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["config.yml"]


@pytest.mark.parametrize("arguments", [[], ["s"]])
def test_without_a_terminal_it_asks_nothing(arguments: list[str], capsys: Capture) -> None:
    assert run(["init", *arguments]) == 2
    assert "there is no terminal to ask" in capsys.readouterr().err


def test_on_a_terminal_it_asks_for_what_it_is_not_given(tmp_path: Path, terminal: dict[str, str]) -> None:
    terminal |= {
        "The study's folder": str(tmp_path / "asked"),
        "The game": "Taxi-v3",
        "The study's name": "Taxis",
        "Your name": "Ada",
    }
    assert run(["init"]) == 0
    project = yaml.safe_load((tmp_path / "asked" / "config.yml").read_text())["project"]
    assert (project["name"], project["researcher"], project["game"]) == ("Taxis", "Ada", {"file": "game.py"})
    assert '"Taxi-v3"' in (tmp_path / "asked" / "game.py").read_text()
