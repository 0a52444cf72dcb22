"""The error that ends a command of the infra team."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from hippo_common import aws_errors
from hippo_common.errors import HippoError


class DeployError(HippoError):
    """Something that the infra team has to know or to fix before the command can do its work."""


def in_words(error: BotoCoreError | ClientError) -> DeployError:
    """Put an error of AWS, or of the connection to it, into words for the infra team."""
    found = aws_errors.to_hippo_error(error, aws_errors.INFRA_TEAM)
    return DeployError(found.message, found.fix)
