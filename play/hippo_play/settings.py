"""Reads the environment variables.

HIPPO Gym, which starts one container per participant, sets most of them; a researcher may set the
others, as `ENV` in a Dockerfile.
"""

from __future__ import annotations

import json
import os
import ssl
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from . import tls

_ENDS_EARLY: Final = timedelta(seconds=20)
"""The game ends this long before HIPPO Gym stops the task: time to save and send `done`."""

WARM: Final = "HIPPO_WARM"
"""Set in a container that has no participant yet."""

_OPEN: Final = "open"
"""The value of HIPPO_ACCESS, and the default, with which pages may be older ones that send no token."""

_EDGE: Final = "edge"
"""The value of HIPPO_GAME_ROUTE of a server behind CloudFront."""

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class SettingsError(ValueError):
    """Variables have invalid values; the message names each."""


@dataclass(frozen=True)
class Settings:
    """Settings of a server.

    Attributes:
        project_id: the only admitted study; None admits any, as on a researcher's own machine.
        user_id: the only admitted participant, in lower case; None admits any.
        session_id: this session; None without HIPPO Gym.
        bucket: the bucket for events; None: the folder.
        trace_id: X-Ray's trace of the request for this server; None without a trace.
        end: latest end of the game.
        address: to listen on.
        port: to listen on.
        tls: TLS context of the port; None: no TLS.
        tls_files: the files of its certificate chain and key; None: they came as texts.
        trials: folder of events: of all, or of those that wait for the bucket.
        trials_named: the folder was named, so that it is no surprise that events are there.
        save_every: seconds.
        away: longest absence of a participant who was connected; then the server exits.
        arrival: longest wait for the first connection, and for the next block; then the server
            exits.
        groups: number of groups of a step → the participant's group.
        conditions: name of a condition → the participant's value.
        token: of this session, which the page of the participant sends; None: pages need none.
        token_demanded: a page without a token may not play; otherwise only a wrong one is refused.
        at_edge: participants come through CloudFront: the path of a request is checked, and the port
            speaks no TLS, whatever certificate is set.
        origins: of the pages that may connect; none: any.
        upload_url: where upload tickets are asked for; None: the container's role stores events.
        upload_token: of this session, for upload tickets.
        warm: the server was started without a participant, and asks for one (connection/waiting.py).
    """

    project_id: str | None
    user_id: str | None
    session_id: str | None
    bucket: str | None
    trace_id: str | None
    end: datetime | None
    address: str
    port: int
    tls: ssl.SSLContext | None
    trials: Path
    trials_named: bool
    save_every: int
    away: timedelta
    arrival: timedelta
    groups: Mapping[str, str] = field(default_factory=lambda: _NONE)
    conditions: Mapping[str, str] = field(default_factory=lambda: _NONE)
    token: str | None = field(default=None, repr=False)
    token_demanded: bool = False
    at_edge: bool = False
    origins: tuple[str, ...] = ()
    tls_files: tuple[Path, Path] | None = None
    upload_url: str | None = None
    upload_token: str | None = field(default=None, repr=False)
    warm: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables.

        Raises:
            SettingsError: variables have invalid values.
        """
        read = _Reader(environment)
        bucket, user_id = read.text("HIPPO_BUCKET"), read.text("HIPPO_USER_ID")
        at_edge = read.text("HIPPO_GAME_ROUTE") == _EDGE
        idle = read.number("HIPPO_IDLE_MINUTES", 5, highest=1440)  # HIPPO Gym sets it: the study's idleTimeout
        settings = cls(
            project_id=read.text("HIPPO_PROJECT_ID"),
            user_id=user_id.lower() if user_id else None,
            session_id=read.text("HIPPO_SESSION_ID"),
            bucket=bucket,
            trace_id=read.text("HIPPO_TRACE_ID"),
            end=read.end("HIPPO_DEADLINE"),
            address=read.text("HIPPO_LISTEN_ADDRESS") or "0.0.0.0",  # noqa: S104 - a container has its own
            port=read.port("HIPPO_LISTEN_PORT", "HIPPO_PORT", "PORT"),
            tls=None if at_edge else read.tls(),
            trials=read.folder("HIPPO_TRIALS", waits=bucket is not None),
            trials_named=bool(read.text("HIPPO_TRIALS")),
            save_every=read.number("HIPPO_SAVE_SECONDS", 5, highest=300),
            away=timedelta(minutes=read.number("HIPPO_AWAY_MINUTES", idle, highest=1440)),
            arrival=timedelta(minutes=read.number("HIPPO_ARRIVAL_MINUTES", 20, highest=1440)),
            groups=read.object("HIPPO_GROUP"),
            conditions=read.object("HIPPO_CONDITIONS"),
            upload_url=read.text("HIPPO_UPLOAD_URL"),
            upload_token=read.text("HIPPO_UPLOAD_TOKEN"),
            warm=read.text(WARM) is not None,
            token=read.text("HIPPO_SESSION_TOKEN"),
            at_edge=at_edge,
            tls_files=None if at_edge else read.tls_files(),
            token_demanded=(read.text("HIPPO_ACCESS") or _OPEN) != _OPEN,
            origins=tuple(filter(None, (read.text("HIPPO_PAGE_ORIGINS") or "").split(","))),
        )
        if settings.warm and (settings.upload_url is None or settings.upload_token is None):
            read.faults.append(
                f"{WARM} is set, and HIPPO_UPLOAD_URL or HIPPO_UPLOAD_TOKEN is not: submit the study again"
            )
        if read.faults:
            raise SettingsError("; ".join(read.faults))
        return settings


class _Reader:
    """Reads variables one by one, and collects their faults."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def text(self, name: str) -> str | None:
        return self._environment.get(name) or None

    def number(self, name: str, default: int, *, lowest: int = 1, highest: int = 1000) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdecimal() or not lowest <= int(text) <= highest:
            self.faults.append(f"{name} must be a whole number from {lowest} to {highest}, not {text!r}")
            return default
        return int(text)

    def port(self, *names: str) -> int:
        """Return the port by the first variable that is set."""
        name = next((name for name in names if self.text(name) is not None), names[-1])
        return self.number(name, 5000, lowest=0, highest=65535)

    def end(self, name: str) -> datetime | None:
        """Return the latest end of the game, from the time (UTC by default) of the task's stop."""
        text = self.text(name)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.faults.append(f"{name} must be a date and time in UTC, not {text!r}")
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _ENDS_EARLY

    def folder(self, name: str, *, waits: bool) -> Path:
        """Return the folder of events; default: temporary if they only wait for a bucket."""
        text = self.text(name)
        if text is not None:
            return Path(text).absolute()  # a game may change the working folder
        return Path(tempfile.gettempdir(), "hippo_trials") if waits else Path("trials").absolute()

    def object(self, name: str) -> Mapping[str, str]:
        """Return a JSON object's keys and values, as texts."""
        text = self.text(name)
        if text is None:
            return _NONE
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self.faults.append(f'{name} must be a JSON object, such as {{"partner": "expert"}}, not {text!r}')
            return _NONE
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in found.items()}

    def tls_files(self) -> tuple[Path, Path] | None:
        """Return the files of the certificate chain and its key, if it came from files."""
        with suppress(tls.TlsError):  # a fault already
            return tls.files(self._environment)
        return None

    def tls(self) -> ssl.SSLContext | None:
        """Return the TLS context, if a certificate and its key are set."""
        try:
            return tls.context(self._environment)
        except tls.TlsError as error:
            self.faults.append(str(error))
            return None


def conditions() -> Mapping[str, str]:
    """Return this participant's conditions, as config.yml names them; none on a researcher's own machine.

    >>> conditions().get("partner", "novice")
    'novice'

    Raises:
        SettingsError: a warm server has no participant yet: call this when a game begins, not when the
            module is loaded.
    """
    _check_participant("conditions")
    return _Reader(os.environ).object("HIPPO_CONDITIONS")


def groups() -> Mapping[str, str]:
    """Return number of groups of a step → this participant's group, as the pages use it.

    Raises:
        SettingsError: as `conditions`.
    """
    _check_participant("groups")
    return _Reader(os.environ).object("HIPPO_GROUP")


def _check_participant(function: str) -> None:
    if os.environ.get(WARM):
        raise SettingsError(
            f"{function}() was called before the server had a participant: with warm servers, call it in a function "
            "that makes the environment or the policy, not when game.py is loaded"
        )
