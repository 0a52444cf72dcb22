"""Explanations of terraform's errors; what `make deploy` refuses; what `make destroy` destroys and keeps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hippo_deploy.deploy import _refuse_losses
from hippo_deploy.destroy import Inventory, _refuse_more, inventory, targets
from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.terraform import Completed, Terraform, explain
from tests.unit.plan_review.plans import change, plan_of, prepared

PROD = Environment("prod", Path("/checkout"))

STALE = """
╷
│ Error: Saved plan is stale
│
│ The given plan file can no longer be applied because the state was changed
╵
"""
LOCKED = """
╷
│ Error: Error acquiring the state lock
│
│ Error message: operation error S3: PutObject, https response error
│ StatusCode: 412, RequestID: K7QF10ZRE5T2XW9B, HostID:
│ 9aUr0m+ID:/Zp0xQm4y3C2v1bN8=, api error PreconditionFailed: At least one of
│ the pre-conditions you specified did not hold
│ Lock Info:
│   ID:        1a2b3c4d-0000-1111-2222-333344445555
│   Path:      bucket/hippo-gym/prod/terraform.tfstate
│   Operation: OperationTypeApply
│   Who:       ada@desk
│   Version:   1.11.4
│   Created:   2026-11-22 12:00:00.123456789 +0000 UTC
│   Info:
│
│
│ Terraform acquires a state lock to protect the state from being written
│ by multiple users at the same time. Please resolve the issue above and try
│ again. For most commands, you can disable locking with the "-lock=false"
│ flag, but this is not recommended.
╵
"""
WITHOUT_BOX = "\n".join(line.removeprefix("│ ") for line in LOCKED.splitlines() if line[:1] not in "╷╵")
"""With -no-color terraform draws no box."""

JUST_RELEASED = """
Error: Error acquiring the state lock

Error message: operation error S3: PutObject, https response error
StatusCode: 412, RequestID: K7QF10ZRE5T2XW9B, HostID: x, api error
PreconditionFailed: At least one of the pre-conditions you specified did not
hold
unable to retrieve file from S3 bucket 'b' with key
'hippo-gym/prod/terraform.tfstate.tflock': operation error S3: GetObject,
https response error StatusCode: 404, RequestID: , HostID: , NoSuchKey:

Terraform acquires a state lock to protect the state from being written
"""
HALF = """
Error: Failed to read the given file as a state or plan file

State read error: Error reading half.tfplan as a statefile: 2 problems:

Plan read error: couldn't load the provided path as either a local plan file
(zip: not a valid zip file) or a saved cloud plan
"""
OTHER_TERRAFORM = """
Error: Failed to read plan: plan file was created by Terraform 1.10.5, but
this is 1.11.4; plan files cannot be transferred between different Terraform
versions
"""
PREVENTED = """
╷
│ Error: Instance cannot be destroyed
│
│   on modules/projects_bucket/main.tf line 3:
│    3: resource "aws_s3_bucket" "this" {
│
│ Resource module.projects_bucket.aws_s3_bucket.this has
│ lifecycle.prevent_destroy set, but the plan calls for this resource to be
│ destroyed.
╵
"""


@pytest.mark.parametrize(
    ("error", "message", "fix"),
    [
        (STALE, "the plan is stale, and nothing was applied", "make plan ENV=prod"),
        *(
            (
                text,
                "ada@desk is running terraform on prod (OperationTypeApply, since 2026-11-22 12:00:00",
                "TF_DATA_DIR=$PWD/build/environments/prod/.terraform terraform -chdir=terraform force-unlock "
                "1a2b3c4d-0000-1111-2222-333344445555",
            )
            for text in (LOCKED, WITHOUT_BOX)
        ),
        (JUST_RELEASED, "cannot be locked, and S3 shows no lock of another command", "Run the command again"),
        (HALF, "cannot read the plan file: it is incomplete", "make plan ENV=prod again"),
        (OTHER_TERRAFORM, "made by terraform 1.10.5, but this machine has 1.11.4", "make plan ENV=prod again"),
        (PREVENTED, "would destroy module.projects_bucket.aws_s3_bucket.this", "bucket_name"),
        (
            'Error: S3 bucket "states" does not exist.',
            "The state bucket states does not exist",
            "make bootstrap",
        ),
        ("api error DeleteConflict: Cannot delete a policy\nx", "in use: Cannot delete a policy", "Detach it"),
        (
            "api error HostedZoneNotEmpty: The zone",
            "holds records that the deployment did not make",
            "run the command again",
        ),
        ("Error: Backend configuration changed", "names another state than", "init -migrate-state"),
        ("Error: No valid credential sources found", "no AWS credentials, or AWS does not accept", "aws sso login"),
        (
            'Error: No value for required variable\n\n  1: variable "root_domain" {',
            "does not set root_domain",
            "example.tfvars",
        ),
    ],
)
def test_known_errors_are_explained_with_a_fix(error: str, message: str, fix: str) -> None:
    found = explain(Completed(1, "", error), PROD)
    assert message in found.message
    assert found.fix is not None
    assert fix in found.fix


def test_the_lock_is_never_named_after_a_request_of_s3() -> None:
    for text in (LOCKED, WITHOUT_BOX, JUST_RELEASED):
        found = explain(Completed(1, "", text), PROD)
        assert "force-unlock K7QF" not in f"{found.fix}"
        assert "force-unlock RequestID" not in f"{found.fix}"


@pytest.mark.parametrize("command", ["init", "plan", "apply", "show", "output", "force-unlock"])
def test_terraform_writes_no_colours(command: str, tmp_path: Path) -> None:
    """Its output may go to a file, and terraform writes colours into files, too."""
    terraform = Terraform(Environment("prod", tmp_path))
    assert "-no-color" in terraform._command(command)


@pytest.mark.parametrize("command", ["state", "version"])
def test_commands_that_refuse_the_option_run_without_it(command: str, tmp_path: Path) -> None:
    assert "-no-color" not in Terraform(Environment("prod", tmp_path))._command(command)


def test_an_unknown_error_keeps_terraforms_text() -> None:
    found = explain(Completed(1, "", "\x1b[31m╷\x1b[0m\n│ Error: Something {new}\n│ \n│ and more\n╵"), PROD)
    assert found.message == "terraform failed.\n\nError: Something {new}\n\nand more"


# ----------------------------------------------------------------------------------------------------------- deploying


def test_a_plan_that_would_destroy_research_data_is_refused_unless_it_is_named() -> None:
    plan = prepared("replaced_bucket")
    with pytest.raises(DeployError) as raised:
        _refuse_losses(PROD, plan, frozenset())
    assert "everything in it is lost" in raised.value.message
    assert raised.value.fix is not None
    assert "ALLOW_DATA_LOSS=hippo-gym-projects-123456789012" in raised.value.fix
    with pytest.raises(DeployError):
        _refuse_losses(PROD, plan, frozenset({"hippo-gym-projects"}))
    _refuse_losses(PROD, plan, frozenset({"hippo-gym-projects-123456789012"}))


@pytest.mark.parametrize("name", ["no_change", "iam_widening", "changed_bundle"])
def test_other_plans_are_not_refused(name: str) -> None:
    _refuse_losses(PROD, prepared(name), frozenset())


# ---------------------------------------------------------------------------------------------------------- destroying


def state(*addresses: str) -> dict[str, Any]:
    resources = [
        {
            "address": address,
            "mode": "managed",
            "type": re.findall(r"aws_\w+", address)[0],
            "values": {"bucket": "projects"},
        }
        for address in addresses
    ]
    data = {"address": "data.aws_region.r", "mode": "data", "type": "aws_region", "values": {}}
    return {"values": {"root_module": {"resources": [data], "child_modules": [{"resources": resources}]}}}


def test_the_projects_bucket_its_settings_and_its_key_are_kept() -> None:
    found = inventory(
        state(
            "module.projects_bucket.aws_s3_bucket.this",
            "module.projects_bucket.aws_s3_bucket_versioning.this",
            "module.encryption[0].aws_kms_key.this",
            "module.website.aws_s3_bucket.this",
            "module.api.aws_apigatewayv2_api.this",
        )
    )
    assert found.bucket == "projects"
    assert found.kept == (
        "module.encryption[0].aws_kms_key.this",
        "module.projects_bucket.aws_s3_bucket.this",
        "module.projects_bucket.aws_s3_bucket_versioning.this",
    )
    assert found.destroyed == ("module.api.aws_apigatewayv2_api.this", "module.website.aws_s3_bucket.this")


def test_whole_modules_are_targets_unless_a_resource_of_theirs_is_kept() -> None:
    found = Inventory(
        bucket="b",
        kept=("module.projects_bucket.aws_s3_bucket.this", "module.encryption.aws_kms_key.this"),
        destroyed=(
            'module.function["a"].aws_iam_role.this',
            'module.function["b"].aws_iam_role.this',
            "module.encryption.aws_sns_topic.this",
            "aws_sns_topic.root",
        ),
    )
    assert targets(found) == ["aws_sns_topic.root", "module.encryption.aws_sns_topic.this", "module.function"]


def test_an_empty_state_has_nothing_to_destroy() -> None:
    assert inventory({"format_version": "1.0"}) == Inventory("", (), ())


def test_a_plan_that_would_destroy_a_kept_resource_is_refused() -> None:
    bucket = "module.projects_bucket.aws_s3_bucket.this"
    found = Inventory("b", (bucket,), ("aws_sns_topic.t",))
    topic = change("aws_sns_topic.t", {"name": "t"}, None)
    _refuse_more(plan_of(topic, change(bucket, {"bucket": "b"}, {"bucket": "b"})), found)
    with pytest.raises(DeployError, match="Nothing was destroyed"):
        _refuse_more(plan_of(topic, change(bucket, {"bucket": "b"}, None)), found)
