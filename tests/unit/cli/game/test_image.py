"""The image of a game without a Dockerfile."""

from __future__ import annotations

import hashlib
import zipfile
from base64 import urlsafe_b64encode
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from hippo_cli.game import files, image, pins, wheel
from hippo_cli.game.pins import Installed
from hippo_cli.game.python import Python
from hippo_cli.publish import build_context
from hippo_common.errors import HippoError

ROOT = Path(__file__).parents[4]
PYTHON = Python(Path("/lab/bin/python"))


def distribution(name: str, version: str, *requires: str, local: bool = False) -> dict[str, Any]:
    return {"name": name, "version": version, "requires": list(requires), "local": local}


def installed(*more: dict[str, Any], **modules: str) -> Installed:
    """A Python with hippo_play, gymnasium and numpy; the modules name what provides them."""
    known = [
        distribution("hippo-play", "0.1.0", "gymnasium"),
        distribution("gymnasium", "1.2.0", "numpy>=1.21", 'colorama; sys_platform == "win32"', 'moviepy; extra == "o"'),
        distribution("numpy", "2.1.0"),
        distribution("colorama", "0.4.6"),
        distribution("pytest", "9.0.0"),
    ]
    return Installed.from_json(
        {
            "python": [3, 12],
            "play": str(ROOT / "play" / "hippo_play"),
            "distributions": [*known, *more],
            "modules": {module: [name] for module, name in modules.items()},
            "environments": {"LunarLander-v3": "gymnasium.envs.box2d.lunar_lander", "Maze-v0": "maze.world"},
        }
    )


def pinned(folder: Path, game: Any, found: Installed) -> list[str]:
    needed = files.needed(folder, game)
    return pins.pinned(pins.roots(game, folder, needed, found), found).splitlines()


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study with a game in Python, and much that the game does not need."""
    for name, text in {
        "config.yml": "project: {}",
        "1_consent.html": "<p>Hello</p>",
        "game.py": "import maze, numpy\n",
        "levels/one.txt": "##",
        "README.md": "how",
        ".env": "SECRET=1",
        ".venv/pyvenv.cfg": "",
        ".venv/lib/big.py": "",
        "lab/pyvenv.cfg": "",
        "my-export/about.json": "{}",
        "my-export/answers.csv": "private",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(
        image, "look", lambda python, texts, folder: installed(distribution("maze", "3.0"), maze="maze")
    )
    return tmp_path


def test_only_what_the_game_may_read_is_in_the_image(study: Path) -> None:
    assert files.needed(study, {"file": "game.py"}) == ["game.py", "levels/one.txt"]
    assert files.needed(study, {"env": "CartPole-v1"}) == []
    assert files.needed(study, {"env": "CartPole-v1", "policy": {"novice": "levels/one.txt"}}) != []


def test_the_folder_builds_an_image_that_is_not_root(study: Path) -> None:
    dockerfile = image.write(study, {"file": "game.py"}, PYTHON, 5001)
    folder = dockerfile.parent
    text = dockerfile.read_text()
    assert "FROM python:3.12-slim" in text
    assert "USER participant" in text
    assert "EXPOSE 5001" in text
    assert '"--host", "0.0.0.0", "--port", "5001"' in text
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    [made] = folder.glob("*.whl")
    assert written == {
        "Dockerfile",
        "requirements.txt",
        made.name,
        "study/config.yml",
        "study/game.py",
        "study/levels/one.txt",
    }
    assert yaml.safe_load((folder / "study" / "config.yml").read_text()) == {"project": {"game": {"file": "game.py"}}}


def test_the_images_tag_changes_with_the_game_alone(study: Path) -> None:
    def tag(game: dict[str, Any]) -> str:
        return build_context.read(image.write(study, game, PYTHON, 5000), "X86_64").tag

    first = tag({"file": "game.py"})
    (study / "1_consent.html").write_text("<p>Other</p>")
    (study / "config.yml").write_text("project: {live: false}")
    assert tag({"file": "game.py"}) == first
    assert tag({"file": "game.py", "episodes": 2}) != first
    (study / "levels" / "one.txt").write_text("####")
    assert tag({"file": "game.py"}) != first


def test_the_configuration_of_an_app_of_the_original_is_in_the_image(study: Path) -> None:
    (study / "config.yml").write_text("project: {id: a}\ntrial: {game: LunarLander-v3, ui: {left: True}}")
    (study / "App").mkdir()
    for name in (".trialConfig.yml", "agent.py", ".secret"):
        (study / "App" / name).write_text("")
    made = image.write(study, {"file": "game.py"}, PYTHON, 5000).parent
    config = yaml.safe_load((made / "study" / "config.yml").read_text())
    assert config["trial"] == {"game": "LunarLander-v3", "ui": {"left": True}}
    assert {file.name for file in (made / "study" / "App").iterdir()} == {".trialConfig.yml", "agent.py"}
    assert "Box2D\n" in (made / "requirements.txt").read_text()


def test_a_python_without_hippo_play_is_an_error_with_the_line_that_installs_it(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing: dict[str, Any] = {"python": [3, 12], "play": None, "distributions": [], "modules": {}, "environments": {}}
    monkeypatch.setattr(image, "look", lambda python, texts, folder: Installed.from_json(nothing))
    with pytest.raises(HippoError) as caught:
        image.write(study, {"file": "game.py"}, PYTHON, 5000)
    assert "pip install" in (caught.value.fix or "")


def test_every_package_that_is_needed_is_pinned_and_no_other(study: Path) -> None:
    found = installed(distribution("maze", "3.0", "requests>=2"), distribution("requests", "2.32.0"), maze="maze")
    lines = pinned(study, {"file": "game.py"}, found)
    assert {"gymnasium==1.2.0", "numpy==2.1.0", "maze==3.0", "requests==2.32.0"} <= set(lines)
    assert not [line for line in lines if line.startswith(("pytest", "colorama", "moviepy", "hippo"))]


def test_an_environments_package_is_found_by_its_id(tmp_path: Path) -> None:
    found = installed(distribution("Box2D", "2.3.10"), distribution("maze", "3.0"), maze="maze")
    assert "Box2D==2.3.10" in pinned(tmp_path, {"env": "LunarLander-v3"}, found)
    assert "maze==3.0" in pinned(tmp_path, [{"env": "Maze-v0"}, {"env": "Maze-v0", "name": "b"}], found)


def test_the_studys_requirements_say_what_is_needed(study: Path) -> None:
    (study / "requirements.txt").write_text("# the game's\nrequests[socks]>=2  # to ask\nnumpy\n")
    lines = pinned(study, {"file": "game.py"}, installed(distribution("maze", "3.0"), maze="maze"))
    assert "requests[socks]>=2" in lines  # not installed here: as it is written
    assert "maze==3.0" not in lines


@pytest.mark.parametrize("line", ["-r other.txt", "./package", "a b c"])
def test_a_requirement_that_cannot_be_pinned_is_refused_with_its_line(study: Path, line: str) -> None:
    (study / "requirements.txt").write_text(f"numpy\n{line}\n")
    with pytest.raises(HippoError, match=r"requirements\.txt, line 2"):
        pinned(study, {"file": "game.py"}, installed())


def test_a_package_from_a_folder_of_this_machine_is_refused(study: Path) -> None:
    found = installed(distribution("maze", "3.0", local=True), maze="maze")
    with pytest.raises(HippoError, match="the image cannot install it"):
        pinned(study, {"file": "game.py"}, found)


def test_the_wheel_is_one_that_installers_accept(tmp_path: Path) -> None:
    made = wheel.write(tmp_path)
    with zipfile.ZipFile(made) as archive:
        names = archive.namelist()
        [record] = [name for name in names if name.endswith("/RECORD")]
        for line in archive.read(record).decode().splitlines()[:-1]:
            name, digest, size = line.rsplit(",", 2)
            content = archive.read(name)
            expected = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, int(size)) == (f"sha256={expected}", len(content))
        assert {line.rsplit(",", 2)[0] for line in archive.read(record).decode().splitlines()} == set(names)
    [about] = metadata.distributions(path=[str(made)])
    assert (about.name, about.version) == ("hippo-play", made.name.split("-")[1])
    assert [Requirement(each) for each in about.requires or () if "extra" not in each] == [
        Requirement(each) for each in wheel.requirements()
    ]


def test_a_trained_policy_needs_what_loads_it(tmp_path: Path) -> None:
    found = installed(distribution("stable-baselines3", "2.7.0", "torch"), distribution("torch", "2.9.0"))
    game = {"env": "CartPole-v1", "policy": {"alone": None, "expert": "models/expert.zip"}}
    assert {"stable-baselines3==2.7.0", "torch==2.9.0"} <= set(pinned(tmp_path, game, found))
    (tmp_path / "game.py").write_text("game = Game('CartPole-v1', policy='expert.onnx')")
    lines = pinned(tmp_path, {"file": "game.py"}, installed(distribution("onnxruntime", "1.23.0")))
    assert "onnxruntime==1.23.0" in lines
    assert not any("stable" in line for line in lines)


def test_a_dockerfile_that_copies_the_wheel_gets_it(tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM python\n# hippo_play-*.whl\nCOPY requirements.txt ./\n")
    wheel.write_for(dockerfile)
    assert list(tmp_path.glob("*.whl")) == []
    (tmp_path / "hippo_play-0.0.1-py3-none-any.whl").touch()
    dockerfile.write_text("FROM python\nCOPY requirements.txt hippo_play-*.whl ./\n")
    wheel.write_for(dockerfile)
    (made,) = tmp_path.glob("*.whl")
    assert made.stat().st_size > 10_000


def test_the_same_package_gives_the_same_wheel(tmp_path: Path) -> None:
    assert wheel.write(tmp_path / "a").read_bytes() == wheel.write(tmp_path / "b").read_bytes()


def test_a_file_that_leads_out_of_the_study_is_refused(study: Path) -> None:
    (study.parent / "elsewhere.txt").write_text("secret")
    (study / "levels" / "two.txt").symlink_to("../../elsewhere.txt")
    with pytest.raises(HippoError, match="leads out of the study's folder"):
        image.write(study, {"file": "game.py"}, PYTHON, 5000)
    assert not (study / ".hippo").exists()


def test_a_config_that_hurts_is_refused_in_words(study: Path) -> None:
    (study / "config.yml").write_text("trial: {seed: " + "9" * 20_000 + "}")
    with pytest.raises(HippoError, match=r"config\.yml is not YAML that can be read"):
        image.write(study, {"file": "game.py"}, PYTHON, 5000)
