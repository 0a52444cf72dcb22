"""`pip install .` installs `hippo` with the schemas and the preview's pages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def test_the_installed_program_validates_the_example(tmp_path: Path) -> None:
    """The dependencies come from this environment.

    Hatchling, which builds the package, comes from the registry.
    """
    wheels, environment = tmp_path / "wheels", tmp_path / "environment"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run(*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT))
    _run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = str(environment / "bin" / "python")
    _run(*pip, "--python", python, "install", "--no-deps", "--no-index", *map(str, wheels.glob("*.whl")))
    packages = Path(_run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (packages / "dependencies.pth").write_text(str(Path(pytest.__file__).parents[1]))
    example = ROOT / "examples" / "grid_world" / "config.yml"
    shown = json.loads(_run(str(environment / "bin" / "hippo"), "validate", str(example), "--json"))
    assert shown["valid"] is True
    assert (packages / "hippo_gym" / "json_schemas" / "project.schema.json").is_file()
    assert (packages / "hippo_cli" / "preview" / "page" / "index.html").is_file()
    assert (packages / "hippo_cli" / "preview" / "participant" / "modules" / "main.js").is_file()


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
