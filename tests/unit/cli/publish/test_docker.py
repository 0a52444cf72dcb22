"""Docker: built and pushed images, a missing program, and its failures."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from hippo_cli.publish import docker as program
from hippo_cli.publish import execution, submitting
from hippo_cli.publish.build_context import BuildContext
from hippo_cli.publish.registry import Login
from hippo_cli.study import read
from hippo_common.errors import HippoError
from tests.support.moto_deployment import PAGES, Folder, MotoDeployment

Capture = pytest.CaptureFixture[str]


def submit(cloud: MotoDeployment, folder: Folder) -> int:
    return cloud.hippo("submit", str(folder.path), "--yes")


def test_docker_builds_and_pushes(cloud: MotoDeployment, folder: Folder, docker: Path) -> None:
    submit(cloud, folder)
    server = str(folder.path / "server")
    version, build, login, push = (call["arguments"] for call in cloud.docker())
    image = push[1]
    assert version[0] == "version"
    assert build == ["build", "--platform", "linux/amd64", "--tag", image, "--file", f"{server}/Dockerfile", server]
    assert login == [
        "login",
        "--username",
        "AWS",
        "--password-stdin",
        "123456789012.dkr.ecr.ca-central-1.amazonaws.com",
    ]


def test_the_password_goes_only_through_standard_input(
    cloud: MotoDeployment, folder: Folder, docker: Path, capfd: Capture
) -> None:
    submit(cloud, folder)
    password = cloud.docker()[2]["input"]
    written = capfd.readouterr()
    assert password == "123456789012-auth-token"
    assert all(password not in call["arguments"] for call in cloud.docker())
    assert password not in written.out + written.err


def test_a_login_shows_no_password() -> None:
    assert "secret" not in repr(Login("server", "AWS", "secret"))


def test_without_docker_the_error_has_a_fix(
    cloud: MotoDeployment, folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert submit(cloud, folder) == 1
    errors = capsys.readouterr().err
    assert "this machine does not have the program `docker`" in errors
    assert "--image URI" in errors
    assert cloud.keys() == []


def test_a_stopped_docker_engine_is_an_error(
    cloud: MotoDeployment, folder: Folder, docker: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("FAKE_DOCKER_FAILS", "version")
    assert submit(cloud, folder) == 1
    errors = capsys.readouterr().err
    assert "Docker does not run: docker says no" in errors
    assert cloud.keys() == []


def test_a_docker_engine_that_does_not_answer_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "docker"
    slow.write_text("#!/bin/sh\nread -r forever\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(program, "_LOOK_SECONDS", 0.05)
    began = time.monotonic()
    monkeypatch.setattr("sys.stdin", None)
    try:
        with pytest.raises(HippoError, match="Docker does not run"):
            program.require()
    finally:
        assert time.monotonic() - began < 60  # the engine would never answer


@pytest.mark.parametrize(
    ("fails", "message"),
    [("build", "could not build"), ("login", "could not log in"), ("push", "could not push")],
)
def test_a_failure_of_docker_leaves_the_published_study_unchanged(
    cloud: MotoDeployment,
    folder: Folder,
    docker: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    fails: str,
    message: str,
) -> None:
    cloud.submit(folder)
    before = cloud.entry()
    folder.page("server/game.py", "print(1)").page("1_consent.html", "new")
    monkeypatch.setenv("FAKE_DOCKER_FAILS", fails)
    assert submit(cloud, folder) == 1
    assert message in capsys.readouterr().err
    assert (cloud.entry(), cloud.pages("grid"), cloud.revisions()) == (before, PAGES, ["grid:1"])
    monkeypatch.delenv("FAKE_DOCKER_FAILS")
    assert submit(cloud, folder) == 0
    assert (cloud.entry()["ecsTask"], cloud.broken()) == ("grid:2", [])


def test_an_image_that_another_writer_pushed_meanwhile_is_used(
    cloud: MotoDeployment, folder: Folder, docker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = cloud.deployment()
    plan = submitting.prepare(target, read(folder.path))
    cloud.submit(folder)
    cloud.clock.advance()
    monkeypatch.setenv("FAKE_DOCKER_FAILS", "push")
    with pytest.raises(HippoError, match="Another writer has changed the study"):  # the submit gets as far as the list
        execution.carry_out(target, plan, "ada")


def test_what_a_build_writes_does_not_control_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture
) -> None:
    fake = tmp_path / "docker"
    fake.write_text("#!/bin/sh\nprintf '\\033]0;title\\007 step\\n'; printf 'half \\377' >&2\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    program.build(BuildContext(tmp_path / "Dockerfile", "linux/amd64", 1, "context-1"), "image:1")
    written = capfd.readouterr()
    assert written.out == ""
    assert written.err == "\\x1b]0;title\\x07 step\nhalf \N{REPLACEMENT CHARACTER}\n"
