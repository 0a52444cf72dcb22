"""The AWS clients, made once per warm function, and what their errors mean.

botocore itself retries throttles and transient errors within about a second (standard mode, with
jitter). `cause_of` classifies the errors that remain: a later try may succeed, or it cannot.

A time-out limits one try of one call. A whole request stays within its time because no try begins
that may take longer than the invocation has left (`deadline.within`).
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from hippo_gym.runtime import deadline, sdk_session

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

_CONFIG = Config(connect_timeout=2, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 2})
# next_step has 10 seconds in all and must answer within them even if S3 hangs.
_QUICK = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
_SIGNER = _QUICK.merge(Config(signature_version="s3v4", s3={"addressing_style": "path"}))
# The send functions have 3 seconds; in next_step, a slow SNS must leave time to write the record.
_ONCE = Config(connect_timeout=0.5, read_timeout=1, retries={"mode": "standard", "total_max_attempts": 1})

# The longest try: two connects (TCP, TLS), one read, and up to a second of pause before the next
# try (botocore.retries.standard.ExponentialBackoff); half a second remains for the answer.
_SECONDS_OF_A_QUICK_TRY: Final = 1 + 1 + 2 + 1 + 0.5
_SECONDS_OF_A_MESSAGE: Final = 0.5 + 0.5 + 1


class Cause(Enum):
    """Why a call failed."""

    THROTTLED = "throttled"
    TRANSIENT = "transient"
    PERMANENT = "permanent"


_TRANSIENT_CODES = frozenset(
    {
        "ClusterNotFoundException",  # from RunTask, for a cluster that was made a moment ago
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "OperationAborted",
        "PriorRequestNotComplete",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServerException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "UpdateInProgressException",
    }
)

# EventBridge Scheduler is changing the same schedule ("Updating or deleting the resource can cause
# an inconsistent state"), or it deleted the fired schedule between CreateSchedule and
# UpdateSchedule (EventBridge Scheduler API reference, "UpdateSchedule" and "DeleteSchedule",
# errors).
_TRANSIENT_OF_AN_OPERATION = frozenset(
    {
        ("UpdateSchedule", "ConflictException"),
        ("UpdateSchedule", "ResourceNotFoundException"),
        ("DeleteSchedule", "ConflictException"),
    }
)

# Parts of the messages of ECS's InvalidParameterException and ClientException at the first use of
# ECS in an account, and for a new cluster.
_TRANSIENT_TEXTS = ("service linked role", "not active", "is being created", "try again")


def code_of(error: ClientError) -> str:
    """Return the service's error code, such as "NoSuchKey"."""
    return str(error.response.get("Error", {}).get("Code", ""))


def cause_of(error: BotoCoreError | ClientError) -> Cause:
    """Classify an error of botocore or of a service.

    A throttle has its own error code or, for ECS's cluster calls, only the word in the message
    (docs/aws-limits/compute.md).
    """
    if not isinstance(error, ClientError):
        return Cause.TRANSIENT if isinstance(error, ConnectionError | HTTPClientError) else Cause.PERMANENT
    code = code_of(error)
    text = str(error.response.get("Error", {}).get("Message", "")).lower()
    if "throttl" in code.lower() or "throttl" in text or code in {"TooManyRequestsException", "SlowDown"}:
        return Cause.THROTTLED
    if (
        "rate exceeded" in text
        or "request limit exceeded" in text
        or code in {"RequestLimitExceeded", "BandwidthLimitExceeded"}
    ):
        return Cause.THROTTLED
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if (error.operation_name, code) in _TRANSIENT_OF_AN_OPERATION:
        return Cause.TRANSIENT
    if code in _TRANSIENT_CODES or status >= 500 or any(part in text for part in _TRANSIENT_TEXTS):
        return Cause.TRANSIENT
    return Cause.PERMANENT


@cache
def _client(service: str, config: Config = _CONFIG, seconds: float = 0) -> Any:
    """Make a client that begins a try only if the invocation has at least `seconds` left.

    botocore emits `before-send` before each try; an error raised there leaves the call without a
    retry.
    """
    client = sdk_session.session().create_client(service, config=config)
    client.meta.events.register("before-send", lambda **_: deadline.must_hold(seconds))
    return client


def s3() -> S3Client:
    """Return the S3 client."""
    client: S3Client = _client("s3", _QUICK, _SECONDS_OF_A_QUICK_TRY)
    return client


def s3_signer() -> S3Client:
    """Return an S3 client that signs forms and addresses for others.

    With Signature Version 4, which S3 demands in most Regions and for objects under a KMS key, and
    with the Region's own endpoint: under its default name a young bucket answers with a redirect,
    which forms do not follow (Amazon S3 user guide, "Request redirection and the REST API").
    """
    client: S3Client = _client("s3", _SIGNER)
    return client


def sns() -> SNSClient:
    """Return the SNS client."""
    client: SNSClient = _client("sns", _QUICK)
    return client


def sns_once() -> SNSClient:
    """Return an SNS client that does not retry, for functions with little time."""
    client: SNSClient = _client("sns", _ONCE, _SECONDS_OF_A_MESSAGE + _SECONDS_OF_A_QUICK_TRY)
    return client


def ssm() -> SSMClient:
    """Return the Systems Manager client: the keys of links and of the edge route."""
    client: SSMClient = _client("ssm", _QUICK, _SECONDS_OF_A_QUICK_TRY)
    return client


def ecs() -> ECSClient:
    """Return the ECS client."""
    client: ECSClient = _client("ecs")
    return client


def ec2() -> EC2Client:
    """Return the EC2 client."""
    client: EC2Client = _client("ec2")
    return client


def route53() -> Route53Client:
    """Return the Route 53 client."""
    client: Route53Client = _client("route53")
    return client


def scheduler() -> EventBridgeSchedulerClient:
    """Return the EventBridge Scheduler client."""
    client: EventBridgeSchedulerClient = _client("scheduler")
    return client


def sts() -> STSClient:
    """Return the STS client of the function's Region."""
    client: STSClient = _client("sts", _QUICK)
    return client
