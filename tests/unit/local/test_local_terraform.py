"""The terraform driver: the working folder's content, the failure messages, the environment."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from local import terraform, terraform_program
from local.failures import LocalCloudError


def test_a_missing_terraform_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalCloudError, match=r"^terraform is not installed: .*\.$"):
        terraform_program.terraform_program()


def test_no_registry_and_no_mirror_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "terraform"
    program.write_text("#!/bin/sh\necho 'Error: could not connect to registry.terraform.io' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(terraform_program, "plugin_dir", lambda: None)
    run = terraform.TerraformRun(tmp_path / "work", {}, {}, tmp_path / "log")

    with pytest.raises(LocalCloudError, match=r"registry\.terraform\.io does not answer and no folder"):
        run.init()


def test_the_working_folder_links_the_configuration_and_nothing_of_a_real_deployment(tmp_path: Path) -> None:
    root, work = tmp_path / "root", tmp_path / "work"
    (root / "modules").mkdir(parents=True)
    for name in ("main.tf", "backend.tf", "prod_override.tf", "terraform.tfvars", ".terraform.lock.hcl"):
        (root / name).touch()
    work.mkdir()
    (work / "gone.tf").symlink_to(root / "gone.tf")

    terraform.link_root(root, work)

    assert sorted(path.name for path in work.iterdir()) == ["main.tf", "modules"]
    assert (work / "main.tf").resolve() == root / "main.tf"


def test_terraform_gets_only_the_local_cloud_s_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "terraform"
    program.write_text("#!/bin/sh\nenv\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("TF_VAR_name", "production")
    run = terraform.TerraformRun(tmp_path / "work", {"a": 1}, {"AWS_ENDPOINT_URL": "http://here"}, tmp_path / "log")

    run.init()
    seen = (tmp_path / "log").read_text()

    assert "AWS_ENDPOINT_URL=http://here" in seen
    assert "production" not in seen
    assert os.environ["AWS_PROFILE"] == "production"
    assert "AWS_ENDPOINT_URL" not in os.environ


def test_running_terraform_does_not_change_this_process_s_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "terraform"
    program.write_text(
        f"#!/bin/sh\ntouch {tmp_path}/running\nwhile [ ! -e {tmp_path}/end ]; do sleep 0.01; done\nenv\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    before = dict(os.environ)
    found: list[str] = []
    running = terraform_program.Program(tmp_path, {"AWS_ENDPOINT_URL": "http://here"})
    thread = threading.Thread(target=lambda: found.append(running.cmd("version").output))
    thread.start()
    try:
        while not (tmp_path / "running").exists():
            time.sleep(0.01)
        seen = dict(os.environ)
    finally:
        (tmp_path / "end").touch()
        thread.join()
    assert seen == before
    assert "AWS_ENDPOINT_URL=http://here" in found[0]
