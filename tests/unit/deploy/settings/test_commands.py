"""Preflight, plan and deploy refuse faulty settings alike, before anything else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from hippo_deploy.deploy import ready
from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.plan.making import make
from hippo_deploy.preflight import reading
from tests.unit.deploy.settings.conftest import Writes

pytestmark = pytest.mark.terraform

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Untouched:
    """Terraform, or a client, that no command may use."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was used")


def _report(line: str) -> None:
    raise AssertionError(line)


def _plan(environment: Environment) -> None:
    terraform: Any = Untouched()
    make(environment, terraform, Untouched(), "123456789012", NOW, _report)


def _deploy(environment: Environment) -> None:
    terraform: Any = Untouched()
    ready(
        environment, terraform, Untouched(), "123456789012", NOW, allowed=frozenset(), max_age_hours=1, report=_report
    )


@pytest.mark.parametrize("command", [reading.read, _plan, _deploy])
def test_faulty_settings_are_refused_before_anything_runs(
    environment: Writes, command: Callable[[Environment], object]
) -> None:
    written = environment('region = "ca-central-1"\nroot_domain = "play.example.net"\nmax_sesions = 3\n')

    with pytest.raises(DeployError) as raised:
        command(written)

    assert "prod.tfvars:3: there is no setting max_sesions; the nearest is max_sessions." in raised.value.message
