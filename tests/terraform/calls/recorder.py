"""Record every call that botocore sends to AWS, with its arguments and its caller."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call that reached a service.

    Attributes:
        caller: the function, role or person that made it; calls of the test itself have none and are not recorded.
        operation: such as `s3.GetObject`.
        arguments: the arguments passed to boto3.
        missing: the service answered 404.
    """

    caller: str
    operation: str
    arguments: Mapping[str, Any]
    missing: bool = False


@dataclass
class Recorder:
    """Records the calls of boto3 clients inside `by`, which names their caller."""

    calls: list[Call] = field(default_factory=list)
    _caller: str | None = None
    _heard: set[int] = field(default_factory=set)

    def listen(self, client: Any) -> None:
        """Record a boto3 client's calls from now on."""
        if id(client) not in self._heard:
            self._heard.add(id(client))
            client.meta.events.register("provide-client-params", self._begin)
            client.meta.events.register("after-call", self._end)

    @contextmanager
    def by(self, caller: str) -> Iterator[None]:
        """Record the calls inside the block as those of `caller`."""
        before, self._caller = self._caller, caller
        try:
            yield
        finally:
            self._caller = before

    def _begin(self, params: Any, context: Any, **_: Any) -> None:
        context["recorded"] = dict(params)

    def _end(self, model: Any, http_response: Any, context: Any, **_: Any) -> None:
        if self._caller is not None:
            operation = f"{model.service_model.service_name}.{model.name}"
            missing = http_response.status_code == 404
            self.calls.append(Call(self._caller, operation, context["recorded"], missing))
