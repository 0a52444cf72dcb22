"""What ends a command, told to an infra engineer with what to do about it."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
)

from hippo_common.aws_errors import DENIED
from hippo_common.errors import HippoError

_LOG_IN: Final = (
    "Log in (`aws sso login`, or set AWS_PROFILE), and see whether `aws sts get-caller-identity` names the account "
    "that you mean to deploy to."
)
_NOT_ACCEPTED: Final = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


class DeployError(HippoError):
    """Something that the infra team has to know or to mend before the command can do its work."""


def in_words(error: BotoCoreError | ClientError) -> DeployError:
    """Put an error of AWS, or of the way to it, into words."""
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        text = str(error.response.get("Error", {}).get("Message", "")) or code
        if code in _NOT_ACCEPTED:
            return DeployError(f"AWS does not accept your credentials ({code}).", _LOG_IN)
        if code in DENIED:
            return DeployError(
                f"AWS does not let you do this ({error.operation_name}): {text}",
                "Use a role that may, or have the permission added to yours.",
            )
        return DeployError(f"AWS refused {error.operation_name} ({code}): {text}")
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return DeployError("There are no AWS credentials on this machine.", _LOG_IN)
    if isinstance(error, SSOError | TokenRetrievalError):
        return DeployError("Your login to AWS has expired, or was never made.", _LOG_IN)
    if isinstance(error, ProfileNotFound):
        return DeployError(f"{error}.", "Set AWS_PROFILE to one that `aws configure list-profiles` shows.")
    if isinstance(error, NoRegionError):
        return DeployError("The AWS Region is not known.", "Set `region` in the environment's tfvars file.")
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | ReadTimeoutError):
        return DeployError(f"AWS cannot be reached: {error}", "Look at your network connection, and run it again.")
    return DeployError(f"AWS could not be asked: {error}")
