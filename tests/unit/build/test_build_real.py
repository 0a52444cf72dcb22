"""This project's own bundle: its machine code fits the Lambda runtime, and every function loads."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import build

ELF_MACHINES = {"arm64": 183, "x86_64": 62}
"""e_machine in an ELF header: EM_AARCH64 and EM_X86_64."""

FUNCTIONS = (
    "next_step",
    "issue_upload_ticket",
    "send_start_server_message",
    "send_stop_server_message",
    "start_server",
    "stop_server",
    "sweep_sessions",
    "update_project_master_list",
)

LOAD = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
modules = [importlib.import_module(name) for name in sys.argv[2:]]
assert all(callable(module.lambda_handler) for module in modules)
if "hippo_gym" in sys.modules and "start_server" in sys.argv:
    import jsonschema  # the functions import it for the first fault of a value only
loaded = {name: module.__file__ for name, module in sys.modules.items() if getattr(module, "__file__", None)}
print(json.dumps(loaded))
"""


@pytest.mark.parametrize("recipe", [build.FUNCTIONS, build.CERTIFICATES], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("architecture", sorted(ELF_MACHINES))
def test_machine_code_is_for_the_lambda_runtime(architecture: str, recipe: build.Recipe, tmp_path: Path) -> None:
    bundle = build.build(build.ROOT, build.lambda_target(architecture), tmp_path / "bundle.zip", recipe)
    with zipfile.ZipFile(bundle.path) as archive:
        libraries = {name: archive.read(name) for name in archive.namelist() if name.endswith(".so")}
    assert libraries
    for name, content in libraries.items():
        assert ".cpython-313-" in name or ".abi3." in name
        assert int.from_bytes(content[18:20], "little") == ELF_MACHINES[architecture], name


def test_every_function_loads_with_the_dependencies_of_the_bundle(tmp_path: Path) -> None:
    bundle = build.build(build.ROOT, build.local_target(), tmp_path / "bundle.zip")
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(tmp_path / "task")
    command = (sys.executable, "-I", "-c", LOAD, str(tmp_path / "task"), *FUNCTIONS)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded: dict[str, str] = json.loads(done.stdout)
    for name in (*FUNCTIONS, "hippo_gym", "jsonschema", "rpds", "aws_lambda_powertools"):
        assert Path(loaded[name]).is_relative_to(tmp_path / "task"), name


def test_renew_certificate_loads_with_the_dependencies_of_its_own_bundle(tmp_path: Path) -> None:
    bundle = build.build(build.ROOT, build.local_target(), tmp_path / "bundle.zip", build.CERTIFICATES)
    with zipfile.ZipFile(bundle.path) as archive:
        archive.extractall(tmp_path / "task")
    command = (sys.executable, "-I", "-c", LOAD, str(tmp_path / "task"), "renew_certificate")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded: dict[str, str] = json.loads(done.stdout)
    for name in ("renew_certificate", "hippo_certificates", "acme", "cryptography", "requests"):
        assert Path(loaded[name]).is_relative_to(tmp_path / "task"), name
    assert "jsonschema" not in loaded


def test_the_bundle_holds_every_entry_file_and_the_functions_schemas(tmp_path: Path) -> None:
    bundle = build.build(build.ROOT, build.local_target(), tmp_path / "bundle.zip")
    with zipfile.ZipFile(bundle.path) as archive:
        names = set(archive.namelist())
    assert {f"{name}.py" for name in FUNCTIONS} <= names
    schemas = {path.name for path in (build.ROOT / "schemas").glob("*.schema.json")}
    assert {name.removeprefix("schemas/") for name in names if name.startswith("schemas/")} == (
        schemas - {"trial_event.schema.json"}
    )
