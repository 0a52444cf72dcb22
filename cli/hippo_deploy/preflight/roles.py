"""Roles that AWS services need in the account before they work for it."""

from __future__ import annotations

from collections.abc import Iterator

from hippo_deploy.preflight.findings import Finding, ok, problem
from hippo_deploy.preflight.situation import Situation


def ecs(situation: Situation) -> Iterator[Finding]:
    """Look for ECS's service-linked role.

    ECS makes it at the first use of ECS by somebody with iam:CreateServiceLinkedRole, which the functions do not have
    (Amazon ECS developer guide, "Using service-linked roles for Amazon ECS").
    """
    subject = "Role of ECS"
    why = "Without AWSServiceRoleForECS, ECS cannot give a task its network interface: no server would start."
    pages = (
        situation.cloud.client("iam")
        .get_paginator("list_roles")
        .paginate(PathPrefix="/aws-service-role/ecs.amazonaws.com/")
    )
    if any(page["Roles"] for page in pages):
        yield ok(subject, "AWSServiceRoleForECS is there", why)
    else:
        fix = "aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com   (once for the account)"
        yield problem(subject, "this account has never used ECS: AWSServiceRoleForECS is missing", why, fix)
