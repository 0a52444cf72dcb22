"""A study whose game has no Dockerfile: submit writes one, builds and pushes the image."""

from __future__ import annotations

from pathlib import Path

import pytest

from hippo_cli.game import image
from hippo_cli.game.pins import Installed
from tests.support.moto_deployment import Folder, MotoDeployment

PLAY = Path(__file__).parents[4] / "play" / "hippo_play"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def study_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """The study's Python has hippo_play and gymnasium."""
    known = [{"name": "gymnasium", "version": "1.2.0", "requires": [], "local": False}]
    survey = {"python": [3, 12], "play": str(PLAY), "distributions": known, "modules": {}, "environments": {}}
    monkeypatch.setattr(image, "look", lambda python, texts, folder: Installed.from_json(survey))


@pytest.fixture
def game(folder: Folder) -> Folder:
    """The study with a game in config.yml, and no Dockerfile."""
    return folder.without_server().configure(game={"env": "CartPole-v1"})


def test_the_image_is_built_from_the_folder_that_submit_writes(
    cloud: MotoDeployment, game: Folder, docker: Path
) -> None:
    assert cloud.hippo("submit", str(game.path), "--yes") == 0
    [build] = [call["arguments"] for call in cloud.docker() if call["arguments"][0] == "build"]
    assert build[-1] == str(game.path / ".hippo" / "image")
    assert "gymnasium==1.2.0" in (game.path / ".hippo" / "image" / "requirements.txt").read_text()


def test_an_unchanged_game_is_not_built_again(cloud: MotoDeployment, game: Folder, docker: Path) -> None:
    cloud.hippo("submit", str(game.path), "--yes")
    calls = len(cloud.docker())
    game.page("1_consent.html", "<p>New</p>")
    assert cloud.hippo("submit", str(game.path), "--yes") == 0
    assert [call["arguments"][0] for call in cloud.docker()[calls:] if call["arguments"][0] == "build"] == []


def test_the_list_of_studies_does_not_hold_the_game(cloud: MotoDeployment, game: Folder, docker: Path) -> None:
    cloud.hippo("submit", str(game.path), "--yes")
    assert "game" not in cloud.entries()[0]


def test_scripts_that_send_the_game_are_served(cloud: MotoDeployment, game: Folder) -> None:
    assert cloud.script(game)["statusCode"] == 200


def test_the_participants_link_is_printed(cloud: MotoDeployment, game: Folder, docker: Path, capsys: Capture) -> None:
    cloud.describe(pageUrl="https://study.example.net")
    cloud.hippo("submit", str(game.path), "--yes")
    link = "https://study.example.net/?projectId=grid"
    assert link in capsys.readouterr().out
    for command in (("list",), ("show", "grid")):
        assert cloud.hippo(*command) == 0
        assert link in capsys.readouterr().out
        assert cloud.hippo(*command, "--json") == 0
        assert f'"link": "{link}"' in capsys.readouterr().out


def test_a_deployment_without_a_page_has_no_link(
    cloud: MotoDeployment, game: Folder, docker: Path, capsys: Capture
) -> None:
    cloud.hippo("submit", str(game.path), "--yes")
    assert "link" not in capsys.readouterr().out.lower()
    cloud.hippo("show", "grid")
    assert "the deployment has no participant page" in capsys.readouterr().out
