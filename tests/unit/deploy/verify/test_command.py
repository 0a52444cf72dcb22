"""`make verify`: how it finds the deployment, and its exit status."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from hippo_deploy import environments, main
from hippo_deploy.commands import verify
from hippo_deploy.environments import Environment
from hippo_deploy.verify import removal, running
from hippo_deploy.verify.plan import Check
from hippo_deploy.verify.results import Result, Status
from hippo_deploy.verify.running import Report
from hippo_deploy.verify.world import World
from tests.unit.deploy.verify.stage import NAME, REGION, Clients, zone_of
from tests.unit.deploy.verify.test_target import describe


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the environment prod, without readable state, and its deployment."""
    folder = tmp_path / "terraform" / "environments"
    folder.mkdir(parents=True)
    (folder / "prod.tfvars").write_text(f'region = "{REGION}"\n', "utf-8")
    monkeypatch.setattr(verify, "named", lambda name: environments.named(name, tmp_path))
    describe(Clients())
    zone_of(Clients())
    return tmp_path


def ends_with(monkeypatch: pytest.MonkeyPatch, report: Report) -> list[World]:
    worlds: list[World] = []

    def run(world: World, show: Any) -> Report:
        worlds.append(world)
        return report

    monkeypatch.setattr(verify, "run", run)
    return worlds


def test_without_the_state_verify_uses_the_description(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worlds = ends_with(monkeypatch, Report([Result("API", Status.PROVEN, "it answers")]))
    arguments = ["verify", "--env", "prod", "--image", "mirror/python:3", "--port", "8080", "--minutes", "3", "--json"]
    assert main.run(arguments) == 0
    (world,) = worlds
    assert (world.target.name, world.target.complete) == (NAME, False)
    assert (world.study.image, world.study.port, world.max_minutes) == ("mirror/python:3", 8080, 3)
    captured = capsys.readouterr()
    assert json.loads(captured.out)["passed"]
    assert "prod.s3.tfbackend is missing" in captured.err
    assert (checkout / "build" / "verify" / "prod.md").read_text("utf-8").startswith("# Verification of prod: passed")


@pytest.mark.parametrize(
    ("report", "status"),
    [
        (Report([Result("API", Status.FAILED, "it does not")]), 1),
        (Report([Result("API", Status.UNPROVEN, "you may not")]), 1),
        (Report([], left=["the task x: aws ecs stop-task"]), 1),
        (Report([], interrupted=True), 130),
    ],
)
def test_an_unproven_check_sets_the_exit_status(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, report: Report, status: int
) -> None:
    ends_with(monkeypatch, report)
    assert main.run(["verify", "--env", "prod"]) == status
    assert "NOT passed" in (checkout / "build" / "verify" / "prod.md").read_text("utf-8")


def test_the_end_of_a_workflow_job_is_handled_like_ctrl_c(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[str] = []

    def remove(world: World, show: Any) -> list[str]:
        removed.append(world.study.id)
        return []

    def end_job(_: World) -> str:
        os.kill(os.getpid(), signal.SIGTERM)
        return "sent"

    def run(world: World, show: Any) -> Report:
        ended = Check("SIGTERM", "the job can be ended", end_job, "x")
        return running.run(world, show, checks=[ended], afterwards=())

    monkeypatch.setattr(removal, "remove", remove)
    monkeypatch.setattr(verify, "run", run)
    before = signal.getsignal(signal.SIGTERM)
    assert main.run(["verify", "--env", "prod"]) == 130
    assert len(removed) == 1
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_unknown_environment_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "named", lambda name: Environment(name, tmp_path))
    assert main.run(["verify", "--env", "prod"]) == 1
