"""A small project to build: own code, schemas, and dependencies in a folder that serves as pip's index."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import build

DEPENDENCIES = ("framework==2.0.0", "linguist==1.5.0")
LICENCE = "Use it as you like.\n"


@dataclass(frozen=True)
class Project:
    """A project folder that `build.py` can work on, and the folder that serves as its package registry."""

    root: Path
    registry: Path

    @property
    def lock(self) -> Path:
        return self.root / "handlers" / "requirements.txt"

    def add_to_lock(self, requirement: str, *, direct: bool = True) -> None:
        """Publish a wheel for `requirement` (name==version), and pin it in both requirements files."""
        name, version = requirement.split("==")
        wheel = make_wheel(self.registry, name, version)
        origin = "-r handlers/requirements.in" if direct else "framework"
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        with self.lock.open("a") as lock:
            lock.write(f"{requirement} \\\n    --hash=sha256:{digest}\n    # via {origin}\n")
        if direct:
            with self.lock.with_suffix(".in").open("a") as required:
                required.write(f"{requirement}\n")

    def replace_in_lock(self, old: str, new: str) -> None:
        text = self.lock.read_text()
        assert old in text
        self.lock.write_text(text.replace(old, new))

    def forget_dependencies(self) -> None:
        """Make the next build run pip."""
        shutil.rmtree(self.root / "build", ignore_errors=True)

    def build(self) -> build.Bundle:
        return build.build(self.root, build.lambda_target("arm64"))

    def run(
        self, *arguments: str, environment: Mapping[str, str] | None = None, umask: int = -1
    ) -> subprocess.CompletedProcess[str]:
        """Run this project's own copy of build.py, as a user would."""
        command = (sys.executable, "build.py", *arguments)
        settings = os.environ | dict(environment or {})
        return subprocess.run(
            command, cwd=self.root, env=settings, umask=umask, capture_output=True, text=True, check=False
        )


def make_wheel(folder: Path, name: str, version: str) -> Path:
    """Write a pure-Python wheel with the parts of a real one: module, data, command, licence, RECORD."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}/__init__.py": f"VERSION = '{version}'\n",
        f"{name}/data.json": "{}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
        f"{info}/licenses/LICENSE": LICENCE,
    }
    if name == "framework":
        files[f"{info}/METADATA"] += "Requires-Dist: linguist\n"
    record = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},"
        for path, text in files.items()
    ]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"])
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, text in files.items():
            wheel.writestr(zipfile.ZipInfo(member), text)
    return path


def write_project(root: Path, registry: Path) -> Project:
    root.mkdir()
    shutil.copy(Path(build.__file__), root / "build.py")
    files = {
        "handlers/next_step.py": "def lambda_handler(event: object, context: object) -> None: ...\n",
        "handlers/stop_server.py": "def lambda_handler(event: object, context: object) -> None: ...\n",
        "handlers/hippo_gym/__init__.py": "",
        "handlers/hippo_gym/participants/pages.py": "SUFFIX = '.html'\n",
        "handlers/hippo_gym/runtime/settings.py": "NAME = 'settings'\n",
        "handlers/renew_certificate.py": "def lambda_handler(event: object, context: object) -> None: ...\n",
        "handlers/hippo_certificates/__init__.py": "",
        "handlers/hippo_certificates/plan.py": "LIFE = 90\n",
        "handlers/requirements.in": "# The bundle's packages.\n",
        "handlers/requirements.txt": "# written by make lock\n",
        "schemas/project.schema.json": '{"type": "object"}\n',
        "schemas/README.md": "not for the bundle\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = Project(root, registry)
    project.add_to_lock(DEPENDENCIES[0])
    project.add_to_lock(DEPENDENCIES[1], direct=False)
    for kind in ("in", "txt"):
        shutil.copy(root / "handlers" / f"requirements.{kind}", root / "handlers" / f"certificates.{kind}")
    return project


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build one project, so that its copies do not need to run pip."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "registry").mkdir()
    project = write_project(folder / "project", folder / "registry")
    done = project.run(environment=pip_settings(project.registry))
    assert done.returncode == 0, done.stderr
    for name in ("hippo_gym", "hippo_certificates"):
        (project.root / "build" / f"{name}.zip").unlink()
    return project


def pip_settings(registry: Path) -> dict[str, str]:
    """Return settings without network and without the user's own settings."""
    return {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(registry)}


@pytest.fixture
def new_project(template: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Project]:
    """Create a project in a folder of the given name; all projects of a test share a registry."""
    registry = shutil.copytree(template.registry, tmp_path / "registry")
    for name, value in pip_settings(registry).items():
        monkeypatch.setenv(name, value)
    return lambda name: Project(shutil.copytree(template.root, tmp_path / name), registry)


@pytest.fixture
def project(new_project: Callable[[str], Project]) -> Project:
    """A project whose dependencies are in its cache already."""
    return new_project("project")
