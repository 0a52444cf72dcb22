"""Takes needless repetition out of moto and botocore, for the tests that make a new AWS each.

More than a third of the unit tests' processor time was spent on work whose result never changes: at
each call moto composed the patterns of its addresses again, for S3 by loading a module again; at
each new AWS it made patterns for the library `requests`, which nothing here uses with AWS, and filled every
backend again just before it dropped it. Answers stay the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import moto.core.models
import moto.core.responses
from botocore.awsrequest import AWSPreparedRequest
from botocore.useragent import UserAgentString
from moto import backend_index, backends
from moto.core.base_backend import BackendDict, BaseBackend, backend_lock
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.exceptions import HTTPException
from moto.core.request import normalize_request
from moto.core.utils import get_equivalent_url_in_aws_domain, method_names_from_class

_OF_AWS = re.compile(r"https?://.+\.amazonaws.com/.*")
"""A call to AWS that moto does not know is answered, too: it must not leave this machine."""


def prepare_once() -> None:
    """Let moto and botocore prepare once in this process what does not depend on a test."""
    stubber: Any = BotocoreStubber
    stubber.process_request = _process_request
    state: Any = BackendDict
    state.reset = classmethod(_reset)
    state.__getitem__ = _account
    responses: Any = moto.core.responses
    responses.method_names_from_class = cache(method_names_from_class)
    moto.core.models.RESPONSES_METHODS.clear()
    user_agent: Any = UserAgentString
    user_agent.to_string = lambda _: "tests"


def _process_request(_: BotocoreStubber, request: AWSPreparedRequest) -> Any:
    """Answer as BotocoreStubber.process_request does, with an address's function found once."""
    url, _changed = get_equivalent_url_in_aws_domain(request.url)
    clean = f"{url.scheme}://{url.netloc}{url.path}"
    answer = _answering(clean)
    if answer is None:
        return (404, {}, "Not yet implemented") if _OF_AWS.match(clean) else None
    normalized = normalize_request(request)
    try:
        return answer(normalized, normalized.raw_url, normalized.headers)
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


@lru_cache(maxsize=20_000)
def _answering(address: str) -> Callable[..., Any] | None:
    """Return the function that answers an address: the first of some hundred patterns that match; None if none does."""
    matching = (service for service, pattern in backend_index.backend_url_patterns if pattern.match(address))
    return next((answer for service in matching for path, answer in _routes(service) if path.match(address)), None)


@cache
def _routes(service: str) -> list[tuple[re.Pattern[str], Callable[..., Any]]]:
    """Return a service's patterns, from a backend without content: moto would fill one in us-east-1."""
    found: Any = backends.get_backend(service)  # type: ignore[call-overload]
    kind: Any = found.backend if isinstance(found, BackendDict) else type(found["global"])
    return [(re.compile(url), answer) for url, answer in kind.__new__(kind).urls.items()]


def _account(service: BackendDict[Any], account_id: str) -> Any:
    """Return an account's backends; moto takes a lock and searches a list of all services first."""
    if account_id not in service.keys():  # noqa: SIM118 - `in` is another method there
        service._create_account_specific_backend(account_id)
    return dict.__getitem__(service, account_id)


def _reset(state: type[BackendDict[Any]]) -> None:
    """Drop every backend. moto would fill each again before; only those that hold files must be called."""
    with backend_lock:
        for service in state._instances:
            for account in service.values():
                for backend in account.values():
                    if type(backend).reset is not BaseBackend.reset:
                        backend.reset()
            service.clear()
        state._instances.clear()
