"""The environment of each function, read when a request comes rather than at import.

A field `start_server_topic_arn` is read from START_SERVER_TOPIC_ARN. Fields without a default are required.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from hippo_gym.runtime.errors import OperatorError

DEFAULT_DEPLOYMENT_NAME = "HIPPO_Gym"


class SettingsError(OperatorError):
    """The function's environment is incomplete or wrong; the text names every variable at fault."""


def _ids(text: str) -> tuple[str, ...]:
    ids = tuple(part.strip() for part in text.split(",") if part.strip())
    if not ids:
        raise ValueError("one id or several separated by commas")
    return ids


def _positive(text: str) -> int:
    value = int(text)
    if value <= 0:
        raise ValueError("a whole number above 0")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if value < 0 or not math.isfinite(value):
        raise ValueError("a number of seconds, 0 or more")
    return value


_READERS: Mapping[Any, tuple[Callable[[str], Any], str]] = {
    str: (str, "a text"),
    int: (_positive, "a whole number above 0"),
    int | None: (_positive, "a whole number above 0"),
    float: (_seconds, "a number of seconds, 0 or more"),
    tuple[str, ...]: (_ids, "one id or several separated by commas"),
}


@dataclass(frozen=True)
class Settings:
    """What every function may be told; the defaults suffice."""

    deployment_name: str = dataclasses.field(default=DEFAULT_DEPLOYMENT_NAME, kw_only=True)


@dataclass(frozen=True)
class NextStepSettings(Settings):
    """For next_step.

    `cache_seconds`: how long a warm function trusts the master list and the pages before it asks S3 again.
    `reserved_names`: labels directly under the root domain that are never a participant's server (names.py).
    """

    bucket: str
    start_server_topic_arn: str
    stop_server_topic_arn: str
    hosted_zone_id: str
    root_domain: str
    cache_seconds: float = 15.0
    reserved_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class StopServerSettings(Settings):
    """For stop_server and sweep_sessions.

    `shared_cluster`: the cluster that new sessions run in; without it each makes one of its own.
    `start_server_topic_arn`: where they ask for a session to be brought up that has lost its server, or whose turn it
    is; without it such a session waits for its participant's next request.
    `max_sessions`: how many sessions the deployment may have at once; without it, any number.
    `reserved_names`: as for next_step; all of them must be told the same.
    """

    bucket: str
    hosted_zone_id: str
    root_domain: str
    shared_cluster: str = dataclasses.field(default="", kw_only=True)
    start_server_topic_arn: str = dataclasses.field(default="", kw_only=True)
    max_sessions: int | None = dataclasses.field(default=None, kw_only=True)
    reserved_names: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)


@dataclass(frozen=True)
class SweepSessionsSettings(StopServerSettings):
    """`minimum_age_seconds`: how long ago a leftover must have been marked for a sweep to clear it."""

    minimum_age_seconds: float = dataclasses.field(default=120.0, kw_only=True)


@dataclass(frozen=True)
class StartServerSettings(StopServerSettings):
    """`max_runtime`: minutes that no server may outlive, whatever its project says."""

    security_group: tuple[str, ...]
    subnet: tuple[str, ...]
    stop_server_topic_arn: str
    scheduler_role_arn: str
    max_runtime: int


@dataclass(frozen=True)
class SendStartServerMessageSettings(Settings):
    """For send_start_server_message."""

    start_server_topic_arn: str


@dataclass(frozen=True)
class SendStopServerMessageSettings(Settings):
    """For send_stop_server_message."""

    stop_server_topic_arn: str


@dataclass(frozen=True)
class UpdateProjectMasterListSettings(Settings):
    """For update_project_master_list."""

    bucket: str


_Kind = TypeVar("_Kind", bound=Settings)


def load(kind: type[_Kind], environ: Mapping[str, str] | None = None) -> _Kind:
    """Read a function's settings.

    Raises:
        SettingsError: naming every variable that is missing, empty or not of its kind.
    """
    environ = os.environ if environ is None else environ
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    missing: list[str] = []
    wrong: list[str] = []
    for field in dataclasses.fields(kind):
        variable = field.name.upper()
        text = environ.get(variable, "").strip()
        if not text:
            if field.default is dataclasses.MISSING:
                missing.append(variable)
            continue
        read, allowed = _READERS[hints[field.name]]
        try:
            values[field.name] = read(text)
        except ValueError:
            wrong.append(f"{variable} is {text!r}; allowed: {allowed}")
    if missing or wrong:
        parts = [f"missing: {', '.join(sorted(missing))}"] if missing else []
        raise SettingsError("environment variables of this function: " + "; ".join(parts + wrong))
    return kind(**values)
