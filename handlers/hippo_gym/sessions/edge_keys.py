"""The keys that sign paths of the edge route: one SSM SecureString, `/hippo-gym-edge/{deployment}`.

Its value is `{"keys": [{"id": …, "secret": …}, …]}`, newest first. `make deploy` makes and replaces
them, there and in the key value store that the CloudFront Function reads, so that neither
Terraform's state nor a plan has one. The path is not below `/hippo-gym/`, which a pipeline that
plans may read (modules/github_oidc).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hippo_gym.runtime import parameters
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import OperatorError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_FRESH: Final = timedelta(minutes=5)
"""How long a warm function uses a key without a call to SSM; a replaced key stays valid far longer."""

_ID: Final = re.compile(r"[a-z0-9]{1,16}")
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes in URL-safe base64 without padding."""


class EdgeKeysMissing(OperatorError):
    """The parameter does not exist, or has another form; the text names it, never its value."""


@dataclass(frozen=True)
class EdgeKey:
    """A key, and the name that the paths which it signs have."""

    id: str
    secret: str = field(repr=False)


def parameter_name(deployment: str) -> str:
    """Return the name of the parameter with a deployment's keys."""
    return f"/hippo-gym-edge/{deployment}"


def read_keys(ssm: SSMClient, name: str) -> tuple[EdgeKey, ...]:
    """Read the keys, newest first; none if the parameter does not exist.

    Raises:
        EdgeKeysMissing: the value has another form.
        ClientError, BotoCoreError: the call failed.
    """
    value = parameters.read(ssm, name)
    if value is None:
        return ()
    try:
        listed = json.loads(value)["keys"]
        keys = tuple(EdgeKey(str(each["id"]), str(each["secret"])) for each in listed)
    except (ValueError, TypeError, KeyError):
        keys = ()
    if not keys or not all(_ID.fullmatch(key.id) and _SECRET.fullmatch(key.secret) for key in keys):
        raise EdgeKeysMissing(f"{name} does not hold keys of the edge route; delete it, and run make deploy")
    return keys


class EdgeKeys:
    """The newest key, cached in a warm function."""

    def __init__(self, ssm: Callable[[], SSMClient], deployment: str, clock: Clock) -> None:
        """Make a cache.

        ssm: returns the client; called only where a session uses the edge route.
        """
        self._ssm = ssm
        self._name = parameter_name(deployment)
        self._clock = clock
        self._cached: tuple[EdgeKey, datetime] | None = None

    def newest(self) -> EdgeKey:
        """Return the key that signs.

        Raises:
            EdgeKeysMissing: no key was made yet.
            ClientError, BotoCoreError: SSM failed.
        """
        now = self._clock.now()
        if self._cached is None or now - self._cached[1] >= _FRESH:
            keys = read_keys(self._ssm(), self._name)
            if not keys:
                raise EdgeKeysMissing(f"{self._name} does not exist: make deploy makes the edge route's first key")
            self._cached = (keys[0], now)
        return self._cached[0]
