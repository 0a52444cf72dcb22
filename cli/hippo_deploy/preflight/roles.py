"""Roles: the one that ECS needs in the account, and the policy that bounds those that are made."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import ClientError

from hippo_deploy.preflight.findings import Finding, ok, problem, warning
from hippo_deploy.preflight.situation import Situation
from hippo_gym.runtime.aws_clients import code_of


def ecs(situation: Situation) -> Iterator[Finding]:
    """Look for ECS's service-linked role.

    ECS makes it when somebody with iam:CreateServiceLinkedRole makes the account's first cluster (Amazon ECS developer
    guide, "Using service-linked roles for Amazon ECS"). start_server may (terraform/modules/permissions/tasks.tf), and
    tries again while the role is still in the making.
    """
    subject = "Role of ECS"
    why = "Without AWSServiceRoleForECS, ECS gives no task its network interface."
    pages = (
        situation.cloud.client("iam")
        .get_paginator("list_roles")
        .paginate(PathPrefix="/aws-service-role/ecs.amazonaws.com/")
    )
    if any(page["Roles"] for page in pages):
        yield ok(subject, "AWSServiceRoleForECS is there", why)
    else:
        found = "this account has never used ECS: the first start makes AWSServiceRoleForECS, and takes longer"
        make = "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com"
        fix = f"To spare the first participant the wait: {make}"
        yield warning(subject, found, why, fix)


def boundary(situation: Situation) -> Iterator[Finding]:
    """Look for the permissions boundary that is given. What it allows, the plan's review says beside the roles."""
    arn = situation.wanted.permissions_boundary_arn
    if arn is None:
        return
    subject, why = "Permissions boundary", "Every role is made with it: without, the deploy fails half way."
    owner = arn.split(":")[4]
    if owner not in {situation.account_id, "aws"}:
        fix = f"Give a policy of account {situation.account_id}, or of AWS."
        yield problem(subject, f"{arn} is of another account", why, fix)
        return
    try:
        situation.cloud.client("iam").get_policy(PolicyArn=arn)
    except ClientError as error:
        if code_of(error) not in {"NoSuchEntity", "NoSuchEntityException"}:
            raise
        fix = "Mend permissions_boundary_arn; aws iam list-policies shows those that there are."
        yield problem(subject, f"there is no policy {arn}", why, fix)
    else:
        yield ok(subject, f"{arn} is there", why)
