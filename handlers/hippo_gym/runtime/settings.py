"""The environment variables of each function, read at each request, not at import.

The field `start_server_topic_arn` comes from START_SERVER_TOPIC_ARN. Fields without default are
required.
"""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, NewType, TypeVar, get_type_hints

from hippo_gym.runtime.errors import OperatorError

DEFAULT_DEPLOYMENT_NAME = "HIPPO_Gym"
MAX_LINE = 200
"""Default of the greatest length of the line for a place."""
MAX_WARM = 10
"""Default of how many warm servers may wait for a participant at the same time."""


Natural = NewType("Natural", int)
"""A whole number that may be 0."""


class KeepAddresses(StrEnum):
    """What a record keeps of a client's address: nothing, its network, or the whole."""

    NO = "no"
    COARSE = "coarse"
    YES = "yes"


class KeepBrowser(StrEnum):
    """What a record keeps of a client's browser: nothing, its family, or its whole `User-Agent`."""

    NO = "no"
    FAMILY = "family"
    FULL = "full"


class SettingsError(OperatorError):
    """Environment variables are missing or not valid; the text names every such variable."""


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


def _whole(text: str) -> Natural:
    value = int(text)
    if value < 0:
        raise ValueError("a whole number, 0 or more")
    return Natural(value)


_READERS: Mapping[Any, tuple[Callable[[str], Any], str]] = {
    str: (str, "a text"),
    int: (_positive, "a whole number above 0"),
    int | None: (_positive, "a whole number above 0"),
    Natural: (_whole, "a whole number, 0 or more"),
    float: (_seconds, "a number of seconds, 0 or more"),
    tuple[str, ...]: (_ids, "one id or several separated by commas"),
    KeepAddresses: (KeepAddresses, "no, coarse or yes"),
    KeepBrowser: (KeepBrowser, "no, family or full"),
}


@dataclass(frozen=True)
class Settings:
    """The environment variables of every function; all have defaults."""

    deployment_name: str = dataclasses.field(default=DEFAULT_DEPLOYMENT_NAME, kw_only=True)


@dataclass(frozen=True)
class NextStepSettings(Settings):
    """The environment variables of next_step.

    `cache_seconds`: how many seconds a warm function uses master list and pages before it calls S3 again.
    `reserved_names`: labels under the root domain that no participant's server gets
    (dns_labels.py). `max_line`: how many sessions may be in line for a place. `edge_url`: origin of
    the page's distribution, if sessions use the edge route; empty: none does.
    `keep_addresses`, `keep_browser`: what records keep of clients in studies that do not say.
    """

    bucket: str
    start_server_topic_arn: str
    stop_server_topic_arn: str
    hosted_zone_id: str
    root_domain: str
    cache_seconds: float = 15.0
    reserved_names: tuple[str, ...] = ()
    max_line: int = MAX_LINE
    keep_addresses: KeepAddresses = KeepAddresses.COARSE
    keep_browser: KeepBrowser = KeepBrowser.FAMILY
    edge_url: str = ""


@dataclass(frozen=True)
class StopServerSettings(Settings):
    """The environment variables of stop_server, and of sweep_sessions except its own.

    `shared_cluster`: the cluster of new sessions; empty: each session makes its own.
    `start_server_topic_arn`: the topic for the start message of a session that lost its server or
    got a place; empty: such a session waits for its participant's next request.
    `max_sessions`: how many sessions the deployment may have at the same time; None: any number.
    `max_line`, `reserved_names`: as for next_step, and the same values in every function.
    `max_warm`: how many warm servers may wait at the same time; read by start_server and sweep_sessions.
    """

    bucket: str
    hosted_zone_id: str
    root_domain: str
    shared_cluster: str = dataclasses.field(default="", kw_only=True)
    start_server_topic_arn: str = dataclasses.field(default="", kw_only=True)
    max_sessions: int | None = dataclasses.field(default=None, kw_only=True)
    max_line: int = dataclasses.field(default=MAX_LINE, kw_only=True)
    max_warm: Natural = dataclasses.field(default=Natural(MAX_WARM), kw_only=True)
    reserved_names: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)


@dataclass(frozen=True)
class SweepSessionsSettings(StopServerSettings):
    """The environment variables of sweep_sessions.

    `minimum_age_seconds`: a sweep clears a leftover that an earlier sweep marked this long ago.
    `retain_days`: the retention of studies that do not say; None: their data stays.
    """

    minimum_age_seconds: float = dataclasses.field(default=120.0, kw_only=True)
    retain_days: int | None = dataclasses.field(default=None, kw_only=True)


@dataclass(frozen=True)
class StartServerSettings(StopServerSettings):
    """The environment variables of start_server.

    `max_runtime`: the longest runtime of a server in minutes, even if its project allows more.
    `admitted_task_families`: families that any project may name; others name that of their own id.
    `page_origins`: origins of participants' pages, which containers check; empty: they do not.
    `max_task_cpu`, `max_task_memory`: the largest server of a study, in CPU units and MiB; None: any.
    `game_route`: of new sessions, `direct` or `edge`. `edge_url`: as for next_step;
    `edge_security_group`: of the tasks of sessions on the edge route.
    """

    security_group: tuple[str, ...]
    subnet: tuple[str, ...]
    stop_server_topic_arn: str
    scheduler_role_arn: str
    max_runtime: int
    admitted_task_families: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)
    page_origins: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)
    max_task_cpu: int | None = dataclasses.field(default=None, kw_only=True)
    max_task_memory: int | None = dataclasses.field(default=None, kw_only=True)
    game_route: str = dataclasses.field(default="direct", kw_only=True)
    edge_url: str = dataclasses.field(default="", kw_only=True)
    edge_security_group: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)


@dataclass(frozen=True)
class SendStartServerMessageSettings(Settings):
    """The environment variables of send_start_server_message."""

    start_server_topic_arn: str


@dataclass(frozen=True)
class SendStopServerMessageSettings(Settings):
    """The environment variables of send_stop_server_message."""

    stop_server_topic_arn: str


@dataclass(frozen=True)
class IssueUploadTicketSettings(Settings):
    """The environment variables of issue_upload_ticket.

    `max_upload_mb`: the largest file that a container may store, in MB of 1,000,000 bytes.
    """

    bucket: str
    max_upload_mb: int = 100


@dataclass(frozen=True)
class UpdateProjectMasterListSettings(Settings):
    """The environment variables of update_project_master_list.

    `admitted_task_families`, `max_task_cpu`, `max_task_memory`: as for start_server.

    Attributes:
        task_roles: ARNs of the roles that start_server may pass to tasks; empty: not checked.
    """

    bucket: str
    admitted_task_families: tuple[str, ...] = ()
    task_roles: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)
    max_task_cpu: int | None = dataclasses.field(default=None, kw_only=True)
    max_task_memory: int | None = dataclasses.field(default=None, kw_only=True)


_Kind = TypeVar("_Kind", bound=Settings)


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    """Return the types of a function's fields; each request loads its settings."""
    return get_type_hints(kind)


def load(kind: type[_Kind], environ: Mapping[str, str] | None = None) -> _Kind:
    """Read a function's settings.

    Raises:
        SettingsError: names every variable that is missing, empty or of the wrong type.
    """
    environ = os.environ if environ is None else environ
    hints = _hints(kind)  # type: ignore[arg-type] # mypy: a class with a type variable is hashable, too
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
