"""Errors of AWS as messages: one classifier, and a table of advice for each group of readers.

classify         the kind of an error
Phrases          the advice for one group of readers, by kind
to_hippo_error   the error that ends the command
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
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

DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "Forbidden"})

_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_NOT_ACCEPTED: Final = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_THROTTLED: Final = frozenset(
    {"Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown", "RequestLimitExceeded"}
)


class Kind(Enum):
    """What went wrong between a command and AWS."""

    NO_CREDENTIALS = "no credentials"
    LOGIN_EXPIRED = "login expired"
    NOT_ACCEPTED = "credentials not accepted"
    NO_PROFILE = "no such profile"
    NO_REGION = "no Region"
    UNREACHABLE = "unreachable"
    DENIED = "denied"
    THROTTLED = "throttled"
    OTHER = "other"


def classify(error: BotoCoreError | ClientError) -> Kind:
    """Return the kind of an error."""
    if isinstance(error, ClientError):
        code = _code(error)
        for codes, kind in (
            (_EXPIRED, Kind.LOGIN_EXPIRED),
            (_NOT_ACCEPTED, Kind.NOT_ACCEPTED),
            (DENIED, Kind.DENIED),
            (_THROTTLED, Kind.THROTTLED),
        ):
            if code in codes:
                return kind
        return Kind.OTHER
    for types, kind in (
        ((NoCredentialsError, PartialCredentialsError), Kind.NO_CREDENTIALS),
        ((SSOError, TokenRetrievalError), Kind.LOGIN_EXPIRED),
        ((ProfileNotFound,), Kind.NO_PROFILE),
        ((NoRegionError,), Kind.NO_REGION),
        ((EndpointConnectionError, ConnectTimeoutError, ReadTimeoutError), Kind.UNREACHABLE),
    ):
        if isinstance(error, types):
            return kind
    return Kind.OTHER


@dataclass(frozen=True)
class Phrases:
    """The advice for one group of readers.

    Attributes:
        log_in: how to get credentials that AWS accepts.
        no_region: where to name the Region.
        denied: how to get a missing permission.
    """

    log_in: str
    no_region: str
    denied: str


RESEARCHER: Final = Phrases(
    log_in=(
        "Log in the way your infra team described (often `aws sso login`, with AWS_PROFILE set to the profile), and "
        "run the command again. `aws sts get-caller-identity` shows whether AWS accepts your login."
    ),
    no_region="Set awsSetup.region in config.yml, or AWS_REGION to the Region that your infra team named.",
    denied="Ask your infra team to attach the deployment's researcher policy to your user or role.",
)
INFRA_TEAM: Final = Phrases(
    log_in=(
        "Log in (`aws sso login`, or set AWS_PROFILE), and check that `aws sts get-caller-identity` names the account "
        "that you want to deploy to."
    ),
    no_region="Set `region` in the environment's tfvars file.",
    denied="Use a role that has this permission, or add the permission to your role.",
)

_RUN_AGAIN: Final[Mapping[Kind, str]] = {
    Kind.UNREACHABLE: "Check your network connection, and run the command again.",
    Kind.THROTTLED: "Wait a minute, and run the command again.",
    Kind.NO_PROFILE: "Set AWS_PROFILE to one of the profiles that `aws configure list-profiles` shows.",
}


def to_hippo_error(error: BotoCoreError | ClientError, phrases: Phrases = RESEARCHER) -> HippoError:
    """Return the error that ends the command: what is wrong, and what to do about it."""
    kind = classify(error)
    fix = {
        Kind.NO_CREDENTIALS: phrases.log_in,
        Kind.LOGIN_EXPIRED: phrases.log_in,
        Kind.NOT_ACCEPTED: phrases.log_in,
        Kind.NO_REGION: phrases.no_region,
        Kind.DENIED: phrases.denied,
        **_RUN_AGAIN,
    }.get(kind)
    return HippoError(_what(error, kind), fix)


def _what(error: BotoCoreError | ClientError, kind: Kind) -> str:
    if isinstance(error, ClientError):
        operation, code = error.operation_name, _code(error)
        text = str(error.response.get("Error", {}).get("Message", "")) or code
        return {
            Kind.LOGIN_EXPIRED: "Your login to AWS has expired.",
            Kind.NOT_ACCEPTED: f"AWS does not accept your credentials ({code}).",
            Kind.DENIED: f"AWS does not allow you to do this ({operation}): {text}",
            Kind.THROTTLED: f"AWS throttles this call ({operation}).",
        }.get(kind, f"AWS refused {operation} ({code}): {text}")
    return {
        Kind.NO_CREDENTIALS: "There are no AWS credentials on this machine.",
        Kind.LOGIN_EXPIRED: "Your login to AWS has expired, or you have not logged in yet.",
        Kind.NO_PROFILE: f"{error}.",
        Kind.NO_REGION: "The AWS Region of the deployment is not known.",
        Kind.UNREACHABLE: f"AWS cannot be reached: {error}",
    }.get(kind, f"The call to AWS failed: {error}")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
