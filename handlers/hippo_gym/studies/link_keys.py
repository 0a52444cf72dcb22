"""The keys of signed links: one SSM SecureString a study, `/hippo-gym-links/{deployment}/{project}`.

Its value is `{"keys": [newest, previous]}`, each key in base64. `hippo links` makes and rotates
them; a link that was signed with the previous key stays valid. next_step may only read them.

A standard parameter costs nothing, and with the AWS managed key `aws/ssm` its readers need no
permission besides ssm:GetParameter (AWS Systems Manager user guide, "SecureString parameters").
The path is not below `/hippo-gym/`, which a pipeline that plans may read (modules/github_oidc).
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hippo_gym.runtime import parameters
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import ResearcherError
from hippo_gym.studies.links import KEY_BYTES, Verdict, verify

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

Keys = tuple[bytes, ...]
"""Newest first."""

ACCEPTED: Final = 2
"""How many keys of a study are accepted: the newest, and the one before it."""

_FRESH: Final = timedelta(minutes=5)
"""How long a warm function uses keys without a call to SSM."""

_SOONEST: Final = timedelta(seconds=10)
"""A proof that no cached key has signed reads the keys again, at most this often for each study."""

_MAX_STUDIES: Final = 256


class LinkKeysInvalid(ResearcherError):
    """The parameter with a study's keys cannot be read; the text names it, never its value."""


def parameter_name(deployment: str, project_id: str) -> str:
    """Return the name of the parameter with a study's keys."""
    return f"/hippo-gym-links/{deployment}/{project_id}"


def read_keys(ssm: SSMClient, name: str) -> Keys:
    """Read a study's keys; none if it has no parameter.

    Raises:
        LinkKeysInvalid: the value has another form.
        ClientError, BotoCoreError: the call failed.
    """
    value = parameters.read(ssm, name)
    if value is None:
        return ()
    try:
        keys = tuple(base64.b64decode(text, validate=True) for text in json.loads(value)["keys"])
    except (ValueError, TypeError, KeyError):
        keys = ()
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise LinkKeysInvalid(f'{name} does not hold {{"keys": [one or two of {KEY_BYTES} bytes in base64]}}')
    return keys[:ACCEPTED]


def write_new_key(ssm: SSMClient, name: str, before: Keys) -> Keys:
    """Make a key the study's newest one, keep the last before it, and return both.

    Without keys before, the call fails if another person has made one in the meantime.

    Raises:
        ClientError, BotoCoreError: the call failed.
    """
    keys = (secrets.token_bytes(KEY_BYTES), *before)[:ACCEPTED]
    value = json.dumps({"keys": [base64.b64encode(key).decode("ascii") for key in keys]})
    ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=bool(before))
    return keys


@dataclass(frozen=True)
class _Cached:
    keys: Keys
    read_at: datetime


class LinkKeys:
    """The keys of the studies, cached in a warm function."""

    def __init__(self, ssm: Callable[[], SSMClient], deployment: str, clock: Clock) -> None:
        """Make a cache.

        ssm: returns the client; called only for a study whose links are signed.
        """
        self._ssm = ssm
        self._deployment = deployment
        self._clock = clock
        self._cached: dict[str, _Cached] = {}

    def judge(self, proof: str, project_id: str, user_id: str) -> Verdict:
        """Check a link's proof. A key that was made a moment ago counts.

        Raises:
            LinkKeysInvalid: the parameter has another form.
            ClientError, BotoCoreError: SSM failed.
        """
        now = self._clock.now()
        cached = self._cached.get(project_id)
        if cached is None or now - cached.read_at >= _FRESH:
            cached = self._read(project_id, now)
        verdict = verify(cached.keys, proof, project_id, user_id, now)
        if verdict is Verdict.INVALID and now - cached.read_at >= _SOONEST:
            verdict = verify(self._read(project_id, now).keys, proof, project_id, user_id, now)
        return verdict

    def _read(self, project_id: str, now: datetime) -> _Cached:
        if len(self._cached) >= _MAX_STUDIES:
            self._cached.clear()
        read = read_keys(self._ssm(), parameter_name(self._deployment, project_id))
        self._cached[project_id] = _Cached(read, now)
        return self._cached[project_id]
