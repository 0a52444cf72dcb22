"""`make outputs` says that a deployment was destroyed, and which setting turns an output off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hippo_deploy.commands.outputs import OPTIONAL, chosen, refuse_destroyed
from hippo_deploy.environments import REPOSITORY, Environment
from hippo_deploy.errors import DeployError
from tests.unit.deploy.test_terraform_words import state

PROD = Environment("prod", Path("/checkout"))
BUCKET = "module.projects_bucket.aws_s3_bucket.this"
OUTPUTS: dict[str, Any] = {"bucket": "b", "alarm_names": {}}


def test_after_a_destroy_the_outputs_are_refused_and_the_bucket_is_named() -> None:
    with pytest.raises(DeployError, match="prod was destroyed: only the projects bucket projects") as raised:
        refuse_destroyed(PROD, state(BUCKET))
    assert "make plan ENV=prod" in f"{raised.value.fix}"


def test_before_the_first_deploy_there_are_no_outputs() -> None:
    with pytest.raises(DeployError, match="Nothing of prod is deployed"):
        refuse_destroyed(PROD, {"format_version": "1.0"})


def test_the_outputs_of_a_deployment_are_printed() -> None:
    refuse_destroyed(PROD, state(BUCKET, "module.api.aws_apigatewayv2_api.this"))
    assert chosen(PROD, OUTPUTS, "bucket") == "b"


@pytest.mark.parametrize(("name", "setting"), [("website_url", "website"), ("dashboard", "dashboard")])
def test_an_output_that_a_setting_turns_off_names_the_setting(name: str, setting: str) -> None:
    with pytest.raises(DeployError, match=f"prod has no {name}: `{setting}` is") as raised:
        chosen(PROD, OUTPUTS, name)
    assert "terraform/environments/prod.tfvars" in f"{raised.value.fix}"


def test_an_empty_output_names_its_setting_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert chosen(PROD, OUTPUTS, "alarm_names") == {}
    assert "`alarms` is false" in capsys.readouterr().err


def test_an_unknown_output_is_wrong_use() -> None:
    with pytest.raises(DeployError, match="There is no output buckets") as raised:
        chosen(PROD, OUTPUTS, "buckets")
    assert raised.value.exit_status == 2


def test_every_output_that_can_be_off_is_listed_with_a_setting_that_exists() -> None:
    text = (REPOSITORY / "terraform" / "outputs.tf").read_text("utf-8")
    described = dict(re.findall(r'^output "(\w+)" \{\n  description = "(.*)"$', text, re.MULTILINE))
    assert {name for name, words in described.items() if re.search(r"\b[Nn]ull without\b|; none with\b", words)} == set(
        OPTIONAL
    )
    variables = "".join(path.read_text("utf-8") for path in (REPOSITORY / "terraform").glob("variables*.tf"))
    for words in OPTIONAL.values():
        for setting in re.findall(r"^`(\w+)`", words):
            assert f'variable "{setting}"' in variables
