"""The error that ends a command of the infra team's program."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from hippo_common import aws_errors
from hippo_common.errors import HippoError


class DeployError(HippoError):
    """A problem that the infra team has to fix before the command can do its work."""


def in_words(error: BotoCoreError | ClientError) -> DeployError:
    """Return an error from AWS, or from the connection to it, as a message for the infra team."""
    found = aws_errors.to_hippo_error(error, aws_errors.INFRA_TEAM)
    return DeployError(found.message, found.fix)
