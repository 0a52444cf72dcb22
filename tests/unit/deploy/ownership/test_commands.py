"""The fault: a second environment with the name of the first. Every command refuses it, and each says the way out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hippo_deploy import deploy, main
from hippo_deploy.commands import bootstrap, destroy
from hippo_deploy.environments import REPOSITORY, Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.ownership import checking
from hippo_deploy.plan import making, reviewed
from hippo_deploy.plan.reviewed import Reviewed

REGION, ACCOUNT = "ca-central-1", "123456789012"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
THEIRS, OURS = (f"s3://states/hippo-gym/{env}/terraform.tfstate" for env in ("prod", "staging"))
REASON = (
    f"The deployment HIPPO_Gym exists in this account and Region and belongs to the state {THEIRS}; the state of "
    f"staging, {OURS}, does not hold it."
)
WAY_OUT = 'name = "HIPPO_Gym_staging"'


@dataclass
class FakeTerraform:
    """A terraform whose state is given; it plans nothing.

    Attributes:
        names: the SSM parameters in the state.
        planned: the arguments of each plan.
    """

    names: tuple[str, ...] = ()
    planned: list[tuple[str, ...]] = field(default_factory=list)

    def init(self) -> None:
        """Do nothing: the state is there."""

    def pull(self) -> str:
        resources = [
            {"mode": "managed", "type": "aws_ssm_parameter", "instances": [{"attributes": {"name": name}}]}
            for name in self.names
        ]
        return json.dumps({"version": 4, "resources": resources}) if resources else ""

    def plan(self, out: Path, *arguments: str) -> bool:
        self.planned.append(arguments)
        raise DeployError("planned")

    def show(self, plan: Path) -> dict[str, Any]:
        return {"variables": {"region": {"value": REGION}, "name": {"value": "HIPPO_Gym"}}}

    def versions(self) -> dict[str, Any]:
        return {"terraform": "1.11.4", "providers": {}}


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("ssm", region_name=REGION)
        client.put_parameter(Name="/hippo-gym/HIPPO_Gym", Type="String", Value="{}")
        record(client, THEIRS)
        yield client


def record(ssm: Any, state: str) -> None:
    value = json.dumps({"version": 1, "state": state})
    ssm.put_parameter(Name="/hippo-gym/HIPPO_Gym/owner", Type="String", Value=value, Overwrite=True)


@pytest.fixture
def staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """A second environment, as `make bootstrap` of an older release wrote it: without a name of its own.

    Its root declares no variables, so that its settings cannot be judged.
    """
    for module in (making, deploy):
        monkeypatch.setattr(module, "judging", SimpleNamespace(check=lambda _: None))
    environment = Environment("staging", tmp_path)
    environment.tfvars.parent.mkdir(parents=True)
    environment.tfvars.write_text(f'region = "{REGION}"\nroot_domain = "staging.lab.org"\nbundle_path = "bundle.zip"\n')
    environment.backend.write_text('bucket = "states"\nkey = "hippo-gym/staging/terraform.tfstate"\n')
    environment.bundle.write_bytes(b"zip")
    (tmp_path / "build_page.py").write_text("")
    (environment.root / "main.tf").write_text("")
    return environment


def plan(environment: Environment, terraform: FakeTerraform, ssm: Any, take_over: str = "") -> None:
    making.make(environment, terraform, ssm, ACCOUNT, NOW, lambda _: None, take_over)  # type: ignore[arg-type]


def write_plan(environment: Environment, take_over: str = "") -> None:
    """Write a plan that was made before the deployment belonged to the other state."""
    environment.plans.mkdir(parents=True, exist_ok=True)
    for name in (reviewed.PLAN, reviewed.REVIEW):
        (environment.plans / name).write_text(name)
    origin = reviewed.origin(environment, ACCOUNT, REGION, FakeTerraform().versions())
    Reviewed(
        environment="staging",
        made_at=NOW.isoformat(),
        origin=origin,
        plan=reviewed.digest(environment.plans / reviewed.PLAN),
        review=reviewed.digest(environment.plans / reviewed.REVIEW),
        changes=True,
        take_over=take_over,
    ).write(environment.plans)


def ready(environment: Environment, terraform: FakeTerraform, ssm: Any) -> Any:
    return deploy.ready(
        environment,
        terraform,  # type: ignore[arg-type]
        ssm,
        ACCOUNT,
        NOW,
        allowed=frozenset(),
        max_age_hours=24,
        report=lambda _: None,
    )


def test_plan_refuses_the_name_of_another_environment(ssm: Any, staging: Environment) -> None:
    terraform = FakeTerraform()
    with pytest.raises(DeployError) as raised:
        plan(staging, terraform, ssm)
    assert raised.value.message == REASON
    assert WAY_OUT in str(raised.value.fix)
    assert terraform.planned == []


def test_deploy_refuses_a_plan_from_before_the_name_was_taken(ssm: Any, staging: Environment) -> None:
    write_plan(staging)
    with pytest.raises(DeployError) as raised:
        ready(staging, FakeTerraform(), ssm)
    assert raised.value.message == f"{REASON} Nothing was applied."
    assert WAY_OUT in str(raised.value.fix)


def test_destroy_refuses_the_name_of_another_environment(
    ssm: Any, staging: Environment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(destroy, "find", lambda _: staging)
    monkeypatch.setattr(destroy, "Terraform", lambda _: FakeTerraform())
    assert main.run(["destroy", "--env", "staging", "--yes", "1"]) == 1
    error = " ".join(capsys.readouterr().err.split())
    assert f"{REASON} Nothing was destroyed." in error
    assert WAY_OUT in error


def test_a_copied_state_is_refused_whatever_the_name(ssm: Any, staging: Environment) -> None:
    """With another name, Terraform would replace everything that the copy lists: the other environment's resources."""
    staging.tfvars.write_text(staging.tfvars.read_text() + 'name = "HIPPO_Gym_staging"\n')
    copy = FakeTerraform(("/hippo-gym/HIPPO_Gym", "/hippo-gym/HIPPO_Gym/owner"))
    with pytest.raises(DeployError, match="holds the deployment HIPPO_Gym, which belongs to the state"):
        plan(staging, copy, ssm)


def test_a_moved_state_is_confirmed_once_and_deployed(ssm: Any, staging: Environment) -> None:
    moved = FakeTerraform(("/hippo-gym/HIPPO_Gym", "/hippo-gym/HIPPO_Gym/owner"))
    with pytest.raises(DeployError, match=f"TAKE_OVER=s3://else/where, but HIPPO_Gym belongs to {THEIRS}"):
        plan(staging, moved, ssm, "s3://else/where")
    with pytest.raises(DeployError, match="planned"):
        plan(staging, moved, ssm, THEIRS)
    assert moved.planned == [(f"-var=state_location={OURS}",)]
    write_plan(staging, THEIRS)
    assert ready(staging, moved, ssm) is not None
    record(ssm, OURS)
    assert checking.check(staging, moved, ssm, take_over="").arguments == (f"-var=state_location={OURS}",)  # type: ignore[arg-type]


def test_a_first_apply_that_was_killed_goes_on_with_an_import(ssm: Any, staging: Environment) -> None:
    ssm.delete_parameter(Name="/hippo-gym/HIPPO_Gym")
    record(ssm, OURS)
    terraform = FakeTerraform()
    with pytest.raises(DeployError, match="planned"):
        plan(staging, terraform, ssm)
    assert terraform.planned == [(f"-var=state_location={OURS}", "-var=import_owner=true")]


def test_the_checked_name_is_the_planned_one(ssm: Any, staging: Environment) -> None:
    """A name that is not a plain line is not seen before the plan: the plan is discarded."""

    class Planned(FakeTerraform):
        def plan(self, out: Path, *arguments: str) -> bool:
            out.write_text("plan")
            return True

    staging.tfvars.write_text(staging.tfvars.read_text() + 'name = "other"\n')
    with pytest.raises(DeployError, match="for name HIPPO_Gym, and it was checked that other belongs to staging"):
        plan(staging, Planned(), ssm)
    assert not (staging.plans / reviewed.PLAN).exists()


# ---------------------------------------------------------------------------------------------------------- bootstrap


def checkout(folder: Path, *others: str) -> None:
    """Make a checkout with the environments of these names, which have the default name."""
    files = folder / "terraform" / "environments"
    files.mkdir(parents=True)
    (files / "example.tfvars").write_text((REPOSITORY / "terraform" / "environments" / "example.tfvars").read_text())
    for other in others:
        (files / f"{other}.tfvars").write_text(f'region = "{REGION}"\n')


def boot(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run `make bootstrap` for an environment, and return its deployment's name."""
    environment = Environment(name, folder)
    monkeypatch.setattr(bootstrap, "named", lambda _: environment)
    assert main.run(["bootstrap", "--env", name, "--region", REGION]) == 0
    return environment.deployment


def test_bootstrap_leaves_the_default_name_to_the_first_environment(
    ssm: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssm.delete_parameters(Names=["/hippo-gym/HIPPO_Gym", "/hippo-gym/HIPPO_Gym/owner"])
    checkout(tmp_path)
    assert boot(tmp_path, "prod", monkeypatch) == "HIPPO_Gym"
    assert '\n# name = "HIPPO_Gym"\n' in Environment("prod", tmp_path).tfvars.read_text()
    assert boot(tmp_path, "staging", monkeypatch) == "HIPPO_Gym_staging"
    assert boot(tmp_path, "staging", monkeypatch) == "HIPPO_Gym_staging", "a second run changes nothing"


def test_bootstrap_sees_a_deployment_of_another_checkout(
    ssm: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout(tmp_path)
    assert boot(tmp_path, "pilot-2", monkeypatch) == "HIPPO_Gym_pilot_2"
    assert "HIPPO_Gym is another environment's" in capsys.readouterr().out


def test_bootstrap_restores_the_files_of_the_first_environment(
    ssm: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout(tmp_path)
    record(ssm, f"s3://hippo-gym-terraform-state-{ACCOUNT}-{REGION}/hippo-gym/prod/terraform.tfstate")
    ssm.delete_parameter(Name="/hippo-gym/HIPPO_Gym")
    assert boot(tmp_path, "prod", monkeypatch) == "HIPPO_Gym"


def test_every_environment_s_own_name_is_legal_and_different() -> None:
    names = ["staging", "a-b", "a" * 32, "a" * 31 + "b", "prod-" + "x" * 16, "b" * 21 + "-c", "b" * 22]
    made = [Environment(name).name_of_its_own for name in names]
    assert len(set(made)) == len(names)
    assert all(len(name) <= 32 and name.replace("_", "a").isalnum() for name in made)
    assert made[0] == "HIPPO_Gym_staging"
