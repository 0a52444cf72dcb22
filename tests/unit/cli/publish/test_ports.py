"""A study's port has to be one that the deployment opens to participants' pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.moto_deployment import Folder, MotoDeployment

Capture = pytest.CaptureFixture[str]


def submit(cloud: MotoDeployment, folder: Folder, *arguments: str) -> int:
    return cloud.hippo("submit", str(folder.path), *arguments)


def test_a_port_that_the_deployment_does_not_open_is_refused_before_anything_is_built(
    cloud: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    cloud.describe(sessionPorts=[5000])
    assert submit(cloud, folder.configure(port=443), "--yes") == 1
    shown = " ".join(capsys.readouterr().err.split())
    assert "has port 443, which the deployment HIPPO_Gym does not open" in shown
    assert "Write `port: 5000` in config.yml, or ask your infra team to add 443 to session_ports." in shown
    assert cloud.docker() == []


@pytest.mark.parametrize("opened", [[443, 5000], None])
def test_a_port_that_is_open_or_of_which_the_deployment_does_not_say_is_accepted(
    cloud: MotoDeployment, folder: Folder, docker: Path, opened: list[int] | None
) -> None:
    cloud.describe(sessionPorts=opened)
    assert submit(cloud, folder.configure(port=443), "--yes") == 0
    assert cloud.entry()["port"] == 443
