"""Names that the Terraform root sets and more than one tool reads."""

from __future__ import annotations

from typing import Final

DESCRIPTION_PREFIX: Final = "/hippo-gym/"
"""Prefix of the SSM parameter that holds a deployment's description.

The deployment's name follows.
"""

DEPLOYMENT_TAG: Final = "hippo-gym:deployment"
"""Tag of the ECR repositories and task definitions of a deployment's studies; its value is the deployment's name."""
