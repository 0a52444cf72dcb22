"""Names that the Terraform root gives and more than one tool reads."""

from __future__ import annotations

from typing import Final

DESCRIPTION_PREFIX: Final = "/hippo-gym/"
"""A deployment's description is the SSM parameter of this prefix and the deployment's name."""
