"""A client with some calls replaced: they fail, wait or are counted; all others reach moto."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from tests.support.moto_world import MotoWorld, clients


def client_error(code: str, message: str = "as the test wants it", status: int = 400, **extra: Any) -> ClientError:
    """Make an error as a service returns it."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    } | extra
    return ClientError(response, "Operation")


class Interposed:
    """Wraps a client: a call in `operations` runs that function with the real call."""

    def __init__(self, client: Any, **operations: Callable[..., Any]) -> None:
        self._client = client
        self._operations = operations

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._client, name)
        if name not in self._operations:
            return real
        return lambda **arguments: self._operations[name](real, **arguments)


def interpose(world: MotoWorld, service: str, **operations: Callable[..., Any]) -> None:
    """Replace some calls of a service in everything that the world makes from now on."""
    changes: Any = {service: Interposed(getattr(world.clients, service), **operations)}
    world.clients = replace(world.clients, **changes)


def fails(error: Exception, times: int = 1_000_000, when: Callable[[Any], bool] = lambda _: True) -> Callable[..., Any]:
    """Make an operation that raises `times` times where `when` is true, then works."""
    left = iter(range(times))

    def operation(real: Any, **arguments: Any) -> Any:
        if when(arguments) and next(left, None) is not None:
            raise error
        return real(**arguments)

    return operation


def beforehand(happen: Callable[[], object], when: Callable[[Any], bool] = lambda _: True) -> Callable[..., Any]:
    """Make an operation that calls `happen` once, before the first call where `when` is true."""
    left = iter(range(1))

    def operation(real: Any, **arguments: Any) -> Any:
        if when(arguments) and next(left, None) is not None:
            happen()
        return real(**arguments)

    return operation


@contextmanager
def counted(*services: str) -> Iterator[Counter[str]]:
    """Count the calls that botocore sends to the services inside the block, as "s3.GetObject"."""
    calls: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        calls[f"{model.service_model.service_name}.{model.name}"] += 1

    watched = [getattr(clients(), service).meta for service in services]
    for meta in watched:
        meta.events.register("before-call", count, unique_id="counted")
    try:
        yield calls
    finally:
        for meta in watched:
            meta.events.unregister("before-call", count, unique_id="counted")
