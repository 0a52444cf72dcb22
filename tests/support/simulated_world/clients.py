"""boto3 clients of the simulated services, for the product's classes.

    Client     has every operation of its service, as boto3's client does
    Channel    the path of a call: latency, rate limits, faults, crash points, and botocore's retries
    Paginator  follows a service's tokens page by page

A call is one wait (its latency) and then one atomic effect. Retries follow botocore's standard
mode, with as many attempts as hippo_gym.runtime.aws_clients allows: the same codes and statuses,
`rand(0, 1) * min(2 ** attempt, 20)` seconds apart (botocore `retries/standard.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError, ReadTimeoutError

from tests.support.simulated_world.errors import client_error
from tests.support.simulated_world.faults import AFTER, BEFORE, Faults
from tests.support.simulated_world.kernel import Kernel, Killed, Process
from tests.support.simulated_world.limits import BUCKET_OF, CLUSTER_CHANGES, OF_SERVICE, Limits

ATTEMPTS: Final = {"s3": 2, "sns": 2, "ecs": 2, "ec2": 2, "route53": 2, "scheduler": 2}
"""botocore's attempts per call of a service, as hippo_gym.runtime.aws_clients configures them.

test_faithful_to_moto.py compares the two.
"""

READ_TIMEOUTS: Final = {"s3": 2.0, "sns": 2.0, "ecs": 8.0, "ec2": 8.0, "route53": 8.0, "scheduler": 8.0}
"""botocore's read timeouts in seconds, likewise."""

_LONGEST_BACKOFF: Final = 20.0
_RETRIED_CODES: Final = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_RETRIED_STATUSES: Final = frozenset({500, 502, 503, 504})

_THROTTLES: Final[dict[str, tuple[str, str, int]]] = {
    "s3": ("SlowDown", "Please reduce your request rate.", 503),
    "sns": ("Throttling", "Rate exceeded", 400),
    "ecs": ("ThrottlingException", "Rate exceeded", 400),
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    "route53": ("Throttling", "Rate exceeded", 400),
    "scheduler": ("ThrottlingException", "Rate exceeded", 429),
}
_INTERNAL_ERRORS: Final[dict[str, str]] = {
    "s3": "InternalError",
    "ecs": "ServerException",
    "scheduler": "InternalServerException",
}


def api_name(operation: str) -> str:
    """Return an operation's name in the API: "run_task" is "RunTask"."""
    special = {"list_objects_v2": "ListObjectsV2"}
    return special.get(operation) or "".join(part.capitalize() for part in operation.split("_"))


@dataclass
class Channel:
    """The path between a client and its service.

    Attributes:
        calls: attempts that reached a service, by "service.operation".
        observers: called after each effect with the process, the operation and its arguments.
    """

    kernel: Kernel
    limits: Limits
    faults: Faults
    calls: Counter[str] = field(default_factory=Counter)
    observers: list[Callable[[Process, str, dict[str, Any]], None]] = field(default_factory=list)

    def call(self, service: str, operation: str, effect: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        """Call an operation as botocore does, with retries after transient errors."""
        attempt = 1
        while True:
            try:
                return self._attempt(service, operation, effect, arguments)
            except (ClientError, ConnectionError, HTTPClientError) as error:
                if attempt == ATTEMPTS[service] or not _is_retried(error):
                    raise
            self.kernel.sleep(self.kernel.random.random() * min(2.0 ** (attempt - 1), _LONGEST_BACKOFF))
            attempt += 1

    def _attempt(self, service: str, operation: str, effect: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        process = self.kernel.current
        if process is None:
            raise RuntimeError("only a process can call a service")
        name = f"{service}.{operation}"
        process.calls += 1
        self.faults.may_crash(process, BEFORE)
        try:
            self.kernel.sleep(self._latency())
        except Killed:
            # The function timed out during the call: the service may still receive it.
            if self.kernel.random.random() < 0.5 and self._admitted(service, operation) is None:
                self._effect(process, name, effect, arguments)
            raise
        refused = self._admitted(service, operation)
        if refused is not None:
            raise refused
        if self.faults.happens("server_error"):
            code = _INTERNAL_ERRORS.get(service, "InternalFailure")
            raise client_error(code, "An internal error occurred.", api_name(operation), 500)
        try:
            answer = self._effect(process, name, effect, arguments)
        except ClientError:
            self.faults.may_crash(process, AFTER)
            raise
        self.faults.may_crash(process, AFTER)
        if self.faults.happens("lost_answer"):
            self.kernel.sleep(READ_TIMEOUTS[service])
            raise ReadTimeoutError(endpoint_url=f"https://{service}.example")
        return answer

    def _effect(self, process: Process, name: str, effect: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        self.calls[name] += 1
        answer = effect(**arguments)
        for observe in self.observers:
            observe(process, name, arguments)
        return answer

    def _latency(self) -> float:
        return 0.01 + self.kernel.random.expovariate(1 / 0.04)

    def _admitted(self, service: str, operation: str) -> ClientError | None:
        """Check the rate limits; ECS reports some throttles as invalid parameters."""
        bucket = BUCKET_OF.get(f"{service}.{operation}")
        buckets = filter(None, (OF_SERVICE.get(service), bucket))
        admitted = self.limits.admits_all(buckets, self.kernel.seconds)
        if admitted and not self.faults.happens("throttle"):
            return None
        if bucket == CLUSTER_CHANGES and self.kernel.random.random() < 0.5:
            return client_error(
                "InvalidParameterException", "Request was throttled: Rate exceeded", api_name(operation)
            )
        code, message, status = _THROTTLES[service]
        return client_error(code, message, api_name(operation), status)


def _is_retried(error: ClientError | ConnectionError | HTTPClientError) -> bool:
    if not isinstance(error, ClientError):
        return True
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error.response["Error"]["Code"] in _RETRIED_CODES or status in _RETRIED_STATUSES


class Paginator:
    """Follows the tokens of one operation."""

    def __init__(self, call: Callable[..., Any], rules: tuple[tuple[str, str], ...]) -> None:
        self._call = call
        self._rules = rules

    def paginate(self, **arguments: Any) -> Iterator[Any]:
        """Yield the pages; each is one call."""
        while True:
            page = self._call(**arguments)
            yield page
            following = {argument: page[answer] for answer, argument in self._rules if page.get(answer)}
            if not following:
                return
            arguments = {**arguments, **following}


class Client:
    """A boto3 client of one simulated service."""

    def __init__(self, name: str, service: Any, channel: Channel) -> None:
        self._name = name
        self._service = service
        self._channel = channel

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        effect = getattr(self._service, operation)
        return lambda **arguments: self._channel.call(self._name, operation, effect, arguments)

    def get_paginator(self, operation: str) -> Paginator:
        """Return the operation's paginator, as boto3 does."""
        return Paginator(getattr(self, operation), self._service.PAGES[operation])
