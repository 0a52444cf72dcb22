"""Errors of AWS, told to somebody who knows no AWS."""

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

from hippo_common.errors import HippoError

_LOG_IN: Final = (
    "Log in as your infra team told you (often `aws sso login`, with AWS_PROFILE set to the profile), and run it "
    "again. `aws sts get-caller-identity` shows whether AWS knows you."
)
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_UNKNOWN: Final = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "AuthFailure",
    }
)
DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "Forbidden"})
_SLOW_DOWN: Final = frozenset(
    {"Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown", "RequestLimitExceeded"}
)


def in_words(error: BotoCoreError | ClientError) -> HippoError:
    """Put an error of AWS, or of the way to it, into words."""
    if isinstance(error, ClientError):
        return _of_service(error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return HippoError("AWS does not know who you are: there are no credentials on this machine.", _LOG_IN)
    if isinstance(error, SSOError | TokenRetrievalError):
        return HippoError("Your login to AWS has expired, or was never made.", _LOG_IN)
    if isinstance(error, ProfileNotFound):
        return HippoError(
            f"{error}.", "Set AWS_PROFILE to one of the profiles that `aws configure list-profiles` shows."
        )
    if isinstance(error, NoRegionError):
        return HippoError(
            "The AWS Region of the deployment is not known.",
            "Set awsSetup.region in config.yml, or AWS_REGION to the Region that your infra team named.",
        )
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | ReadTimeoutError):
        return HippoError(f"AWS cannot be reached: {error}", "Look at your network connection, and run it again.")
    return HippoError(f"AWS could not be asked: {error}")


def _of_service(error: ClientError) -> HippoError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    text = str(error.response.get("Error", {}).get("Message", "")) or code
    if code in _EXPIRED:
        return HippoError("Your login to AWS has expired.", _LOG_IN)
    if code in _UNKNOWN:
        return HippoError("AWS does not accept your credentials.", _LOG_IN)
    if code in DENIED:
        return HippoError(
            f"AWS does not let you do this ({error.operation_name}): {text}",
            "Ask your infra team to attach the deployment's researcher policy to your user or role.",
        )
    if code in _SLOW_DOWN:
        return HippoError(
            f"AWS is asked too much at once ({error.operation_name}).", "Wait a minute, and run it again."
        )
    return HippoError(f"AWS refused {error.operation_name} ({code}): {text}")
