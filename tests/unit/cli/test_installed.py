"""`pip install .` installs `hippo` with the schemas and the preview's pages."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from hippo_cli import main

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it; its dependencies are those of this one, but `matplotlib`."""

    python: str
    packages: Path

    @property
    def hippo(self) -> str:
        return str(Path(self.python).with_name("hippo"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel and install it; hatchling, which builds it, comes from the registry."""
    folder = tmp_path_factory.mktemp("installed")
    wheels, environment = folder / "wheels", folder / "environment"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run(*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT))
    _run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = str(environment / "bin" / "python")
    _run(*pip, "--python", python, "install", "--no-deps", "--no-index", *map(str, wheels.glob("*.whl")))
    packages = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (packages / "dependencies.pth").write_text(
        f"{Path(pytest.__file__).parents[1]}\nimport sys; sys.modules['matplotlib'] = None\n"
    )
    return Installed(python, packages)


def test_the_installed_program_validates_the_example(installed: Installed) -> None:
    example = ROOT / "examples" / "grid_world" / "config.yml"
    shown = json.loads(_run(installed.hippo, "validate", str(example), "--json"))
    assert shown["valid"] is True


def test_the_package_holds_schemas_pages_types_and_licence(installed: Installed) -> None:
    for name in (
        "hippo_gym/json_schemas/project.schema.json",
        "hippo_cli/preview/page/index.html",
        "hippo_cli/preview/participant/modules/main.js",
        "hippo_cli/new_study/template/config.yml.in",
        "hippo_cli/play/hippo_play/game.schema.json",
        "hippo_cli/play/pyproject.toml",
        "hippo_cli/py.typed",
        "hippo_common/py.typed",
        "hippo_gym/py.typed",
    ):
        assert (installed.packages / name).is_file(), name
    [about] = installed.packages.glob("hippo_gym_aws-*.dist-info")
    assert (about / "licenses" / "LICENSE").read_text("utf-8").startswith("MIT License")


def test_the_installed_program_is_of_the_version_in_pyproject(installed: Installed) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert _run(installed.hippo, "--version") == f"hippo {project['version']}\n"


def test_matplotlib_is_asked_for_by_the_extra_report_alone(installed: Installed) -> None:
    look = "from importlib.metadata import requires; print('\\n'.join(requires('hippo-gym-aws')))"
    [asked] = [line for line in _run(installed.python, "-c", look).splitlines() if line.startswith("matplotlib")]
    assert asked.endswith("extra == 'report'")


def test_every_command_but_report_does_without_matplotlib(installed: Installed) -> None:
    for names in main.COMMANDS.values():
        for name in names:
            _run(installed.hippo, name, "--help")


def test_a_report_without_matplotlib_says_what_to_install_before_it_asks_aws(installed: Installed) -> None:
    done = subprocess.run(
        [installed.hippo, "report", "grid_world"], capture_output=True, text=True, check=False, timeout=300, cwd="/"
    )
    assert done.returncode == 1
    assert "matplotlib" in done.stderr
    assert "hippo-gym-aws[report]" in done.stderr
    assert "AWS" not in done.stderr


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
