"""The examples in docstrings and in the README run, and the package can be built and installed alone."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder

import hippo_play
from hippo_play import Game, loading
from hippo_play.policies import check
from hippo_play.settings import Settings

FOLDER = Path(hippo_play.__file__).parent.parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")
MODULES = sorted(each.name for each in pkgutil.walk_packages(hippo_play.__path__, "hippo_play."))


@pytest.mark.parametrize("name", ["hippo_play", *(name for name in MODULES if not name.endswith("__main__"))])
def test_the_examples_of_a_module_run(name: str) -> None:
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, extraglobs={each: getattr(hippo_play, each) for each in hippo_play.__all__})
    assert failed == 0


def test_public_names_have_examples_or_descriptions() -> None:
    for name in hippo_play.__all__:
        assert getattr(hippo_play, name).__doc__, name


def test_the_readmes_examples_run(tmp_path: Path) -> None:
    game, tamer = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "game.py").write_text(game)
    (block,) = loading.load(str(tmp_path / "game.py"))
    assert isinstance(block.game, Game)
    names: dict[str, type] = {}
    exec(tamer, names)  # noqa: S102 - our own README
    assert check(names["Tamer"]()) is None
    (config,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "config.yml").write_text(config)
    assert loading.load(str(tmp_path / "config.yml"))[0].game.env == yaml.safe_load(config)["project"]["game"]["env"]


def test_the_readme_names_every_variable_that_the_settings_read() -> None:
    source = (FOLDER / "hippo_play" / "settings.py").read_text(encoding="utf-8")
    assert Settings.from_environment({}).port == 5000
    for variable in set(re.findall(r'"((?:HIPPO|SSL)?_?[A-Z][A-Z_]+)"', source)):
        assert f"`{variable}`" in README, variable


def test_the_wheel_holds_the_package_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (wheel,) = WheelBuilder(str(FOLDER)).build(directory=str(tmp_path), versions=["standard"])
    held = zipfile.ZipFile(wheel).namelist()
    assert {"hippo_play/py.typed", "hippo_play/game.schema.json", "hippo_play/__main__.py"} <= set(held)
    assert {name.split("/")[0] for name in held if ".dist-info" not in name} == {"hippo_play"}
    source = "".join(file.read_text(encoding="utf-8") for file in (FOLDER / "hippo_play").rglob("*.py"))
    assert not re.search(r"^\s*(?:from|import) hippo_(?:gym|cli|common|deploy)", source, re.MULTILINE)
