"""An environment's files: they are found by name, and misplaced files are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from hippo_deploy.environments import Environment, find, named, names
from hippo_deploy.errors import DeployError

TFVARS = """# comment
region = "ca-central-1"
root_domain  =  "play.lab.org"
architecture = "x86_64" # here
# name = "commented"
website = {
  domain = "study.play.lab.org"
}
tags = { region = "no" }
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "terraform" / "environments"
    folder.mkdir(parents=True)
    (folder / "example.tfvars").write_text(TFVARS)
    (folder / "prod.tfvars").write_text(TFVARS)
    (folder / "prod.s3.tfbackend").write_text("")
    return tmp_path


def test_plain_settings_on_the_top_level_are_read(checkout: Path) -> None:
    prod = find("prod", checkout)
    assert prod.setting("region") == "ca-central-1"
    assert prod.setting("root_domain") == "play.lab.org"
    assert prod.architecture == "x86_64"
    assert prod.setting("domain") is None, "a key inside another setting does not count"
    assert prod.deployment == "HIPPO_Gym", "a comment sets nothing"


def test_the_bundle_is_built_unless_the_settings_name_one(checkout: Path) -> None:
    built = find("prod", checkout)
    assert built.builds_its_bundle
    assert built.bundle == checkout / "build" / "hippo_gym.zip"
    built.tfvars.write_text(TFVARS + 'bundle_path = "../build/hippo_gym.zip"\n')
    assert find("prod", checkout).builds_its_bundle, "the default path, written out, is the built bundle"
    built.tfvars.write_text(TFVARS + 'bundle_path = "../build/released.zip"\n')
    released = find("prod", checkout)
    assert not released.builds_its_bundle
    assert released.bundle == checkout / "build" / "released.zip"


def test_the_example_is_not_an_environment(checkout: Path) -> None:
    assert names(checkout) == ["prod"]
    with pytest.raises(DeployError, match="is not a valid name"):
        named("example", checkout)


@pytest.mark.parametrize("name", ["Prod", "../x", "a b", "-a", "a" * 33, "prod.tfvars"])
def test_a_name_that_cannot_be_a_file_name_is_refused(checkout: Path, name: str) -> None:
    with pytest.raises(DeployError, match="is not a valid name"):
        named(name, checkout)


def test_without_a_name_the_error_lists_the_environments(checkout: Path) -> None:
    with pytest.raises(DeployError) as raised:
        find("", checkout)
    assert raised.value.fix == "Existing environment: prod. For example: make plan ENV=prod."
    assert raised.value.exit_status == 2


def test_missing_files_are_named_with_the_command_that_writes_them(checkout: Path) -> None:
    with pytest.raises(DeployError) as raised:
        find("pilot", checkout)
    assert "terraform/environments/pilot.tfvars and terraform/environments/pilot.s3.tfbackend" in raised.value.message
    assert raised.value.fix is not None
    assert "make bootstrap ENV=pilot" in raised.value.fix


@pytest.mark.parametrize("name", ["terraform.tfvars", "a.auto.tfvars", "terraform.tfvars.json"])
def test_settings_that_terraform_loads_for_every_environment_are_refused(checkout: Path, name: str) -> None:
    (checkout / "terraform" / name).write_text("")
    with pytest.raises(DeployError, match="Terraform would load it for every environment"):
        find("prod", checkout)


def test_a_local_state_is_refused_with_the_command_that_moves_it(checkout: Path) -> None:
    state = checkout / "terraform" / "terraform.tfstate"
    state.write_text('{\n  "version": 4,\n  "resources": [\n    {}\n  ]\n}\n')
    with pytest.raises(DeployError) as raised:
        find("prod", checkout)
    assert raised.value.fix is not None
    assert "init -migrate-state -backend-config=environments/prod.s3.tfbackend" in raised.value.fix
    state.write_text('{\n  "version": 4,\n  "resources": []\n}\n')
    assert find("prod", checkout) == Environment("prod", checkout), "a move leaves an empty state behind"
