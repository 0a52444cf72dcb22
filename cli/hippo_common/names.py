"""Names that the Terraform root sets and more than one tool reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import TagTypeDef

DESCRIPTION_PREFIX: Final = "/hippo-gym/"
"""Prefix of the SSM parameter that holds a deployment's description.

The deployment's name follows.
"""

DEPLOYMENT_TAG: Final = "hippo-gym:deployment"
"""Tag of the ECR repositories and task definitions of a deployment's studies; its value is the deployment's name."""

PROJECT_TAG: Final = "hippo-gym:project"
"""Tag of a study's task definitions and sessions; its value is the project's id."""


def tags_of_task_definition(deployment: str, project_id: str) -> list[TagTypeDef]:
    """Return the tags of a study's task definition: start_server may run it by the first one."""
    return [{"key": DEPLOYMENT_TAG, "value": deployment}, {"key": PROJECT_TAG, "value": project_id}]
