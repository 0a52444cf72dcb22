"""A package imports only from packages below it: see [tool.importlinter] in pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[3]


def contracts() -> dict[str, Any]:
    settings: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]
    return settings


def lint(folder: Path, configuration: Path) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.argv = ['lint-imports', '--no-cache', '--no-logo', {str(configuration)!r}]"
    code += "; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


def test_every_contract_holds() -> None:
    done = lint(REPOSITORY, REPOSITORY / "pyproject.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(contracts()['contracts'])} kept, 0 broken" in done.stdout


def test_every_package_is_under_contract() -> None:
    packages = {
        file.parent.name
        for folder in ("handlers", "cli", "play")
        for file in REPOSITORY.glob(f"{folder}/*/__init__.py")
    }
    assert packages <= set(contracts()["root_packages"])


def test_an_import_from_a_package_above_breaks_the_contract(tmp_path: Path) -> None:
    for room in ("wiring", "participants", "retention", "sessions", "studies", "storage", "runtime"):
        (tmp_path / "hippo_gym" / room).mkdir(parents=True)
        (tmp_path / "hippo_gym" / room / "__init__.py").touch()
    (tmp_path / "hippo_gym" / "__init__.py").touch()
    (tmp_path / "hippo_gym" / "storage" / "bucket.py").write_text("from hippo_gym.sessions import store\n")
    (tmp_path / "hippo_gym" / "sessions" / "store.py").touch()
    (handlers,) = [contract for contract in contracts()["contracts"] if contract["id"] == "handlers"]
    layers = "\n    ".join(handlers["layers"])
    configuration = tmp_path / ".importlinter"
    configuration.write_text(
        "[importlinter]\nroot_package = hippo_gym\n[importlinter:contract:handlers]\nname = handlers\n"
        f"type = layers\ncontainers = hippo_gym\nlayers =\n    {layers}\n"
    )
    done = lint(tmp_path, configuration)
    assert done.returncode == 1
    assert "hippo_gym.storage is not allowed to import hippo_gym.sessions" in done.stdout
