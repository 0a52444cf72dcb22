"""Checks ECS's service-linked role, and the permissions boundary of the roles that Terraform makes."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.situation import Situation
from hippo_gym.runtime.aws_clients import code_of


def ecs(situation: Situation) -> Iterator[Finding]:
    """Check for ECS's service-linked role.

    ECS makes it when a principal with iam:CreateServiceLinkedRole creates the account's first cluster (Amazon ECS
    developer guide, "Using service-linked roles for Amazon ECS"). start_server has that permission
    (terraform/modules/permissions/tasks.tf), and retries until the role works.
    """
    subject = "Role of ECS"
    why = "Without AWSServiceRoleForECS, ECS gives no task its network interface."
    pages = (
        situation.cloud.client("iam")
        .get_paginator("list_roles")
        .paginate(PathPrefix="/aws-service-role/ecs.amazonaws.com/")
    )
    if any(page["Roles"] for page in pages):
        yield ok(subject, "AWSServiceRoleForECS exists", why)
    else:
        found = "this account has never used ECS: the first session makes AWSServiceRoleForECS, and starts later"
        make = "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com"
        fix = f"To save the first participant the wait: {make}"
        yield warning(subject, found, why, fix)


def boundary(situation: Situation) -> Iterator[Finding]:
    """Check that the given permissions boundary exists; the plan's review shows what it allows."""
    arn = situation.wanted.permissions_boundary_arn
    if arn is None:
        return
    subject, why = (
        "Permissions boundary",
        "Every role is created with it: if it is missing, make deploy fails part-way.",
    )
    owner = arn.split(":")[4]
    if owner not in {situation.account_id, "aws"}:
        fix = f"Set permissions_boundary_arn to a policy of account {situation.account_id}, or of AWS."
        yield problem(subject, f"{arn} belongs to another account", why, fix)
        return
    try:
        situation.cloud.client("iam").get_policy(PolicyArn=arn)
    except ClientError as error:
        if code_of(error) not in {"NoSuchEntity", "NoSuchEntityException"}:
            raise
        fix = "Correct permissions_boundary_arn; aws iam list-policies shows existing policies."
        yield problem(subject, f"there is no policy {arn}", why, fix)
    else:
        yield ok(subject, f"{arn} exists", why)
